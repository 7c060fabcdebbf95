"""The library as others take it in: installed (find_package, pkg-config) or in their tree (add_subdirectory)."""
import os
import shutil
import subprocess
import unittest
from pathlib import Path

ROOT = Path(os.environ.get("LIMPET_ROOT", Path(__file__).resolve().parents[2]))
TMP = Path(os.environ.get("LIMPET_TMP", ROOT / "build/test-build/test_install"))
APP = ROOT / "tests/build/app.c"

CMAKE = """cmake_minimum_required(VERSION 3.18)
project(app C)
{find}
foreach(product client lite)
    add_executable(app_${{product}} {app})
    target_compile_options(app_${{product}} PRIVATE -Wall -Wextra -Werror)
    target_link_libraries(app_${{product}} PRIVATE limpet::${{product}})
endforeach()
"""


def run(*command, **more):
    result = subprocess.run([str(c) for c in command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **more)
    if result.returncode:
        raise AssertionError(f"{' '.join(map(str, command))}\n{result.stdout}")
    return result.stdout


def application(find, where, *options):
    """Builds app.c for both products from a CMake project of a user's and returns what the two print."""
    where.mkdir(parents=True)
    (where / "CMakeLists.txt").write_text(CMAKE.format(find=find, app=APP))
    run("cmake", "-S", where, "-B", where / "build", "-G", "Ninja", *options)
    run("ninja", "-C", where / "build", "-j", "2", "app_client", "app_lite")
    return [run(where / "build" / f"app_{p}") for p in ("client", "lite")]


class Install(unittest.TestCase):
    maxDiff = None
    want = ["client 1 ", "lite 1 "]

    @classmethod
    def setUpClass(cls):
        shutil.rmtree(TMP, ignore_errors=True)
        TMP.mkdir(parents=True)
        tree, first = TMP / "tree", TMP / "installed-here"
        run("cmake", "-S", ROOT, "-B", tree, "-G", "Ninja", "-DLIMPET_PROGRAMS=OFF", "-DCMAKE_BUILD_TYPE=Release",
            f"-DCMAKE_INSTALL_PREFIX={first}")
        run("ninja", "-C", tree, "-j", "2", "install")
        cls.prefix = TMP / "then-moved"  # nothing may depend on the place it was installed to
        first.rename(cls.prefix)

    def check(self, outputs):
        for output, want in zip(outputs, self.want):
            self.assertTrue(output.startswith(want), output)

    def test_find_package(self):
        self.check(application("find_package(limpet 0.1 REQUIRED)", TMP / "found", f"-DCMAKE_PREFIX_PATH={self.prefix}"))

    def test_add_subdirectory(self):
        self.check(application(f"add_subdirectory({ROOT} limpet)", TMP / "inside"))

    def test_pkg_config(self):
        env = dict(os.environ, PKG_CONFIG_PATH=str(next(self.prefix.glob("lib*/**/pkgconfig"))))
        outputs = []
        for package in ("limpet", "limpet-lite"):
            # Through a shell, as a Makefile would.
            run("sh", "-c", f"gcc -Wall -Werror -o {TMP}/{package} {APP} $(pkg-config --cflags --libs {package})", env=env)
            outputs.append(run(TMP / package))
        self.check(outputs)

    def test_nothing_of_the_source_tree_is_installed(self):
        for file in self.prefix.rglob("*"):
            if file.suffix in (".cmake", ".pc", ".h"):
                self.assertNotIn(str(ROOT), file.read_text(), file)

    def test_a_missing_mbedtls_is_explained(self):
        result = subprocess.run(["cmake", "-S", ROOT, "-B", TMP / "without", "-G", "Ninja",
                                 f"-DLIMPET_MBEDTLS_SOURCE={TMP}/nowhere"], capture_output=True, text=True)
        self.assertNotEqual(result.returncode, 0)
        self.assertIn("LIMPET_MBEDTLS_SOURCE", result.stderr)
