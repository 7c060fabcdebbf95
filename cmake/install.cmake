# Install: both libraries with their Mbed TLS, the headers, the numbers, the CMake package and the pkg-config files.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

install(TARGETS limpet_client limpet_lite mbedtls_client mbedtls_lite EXPORT limpet
        ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(DIRECTORY include/limpet DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} FILES_MATCHING PATTERN "*.h")
# limpet/config.h includes "config/<product>.h", which it finds beside itself.
install(FILES config/client.h config/lite.h DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/limpet/config)
# The port's header: "posix/posix.h", here as in the source tree.
if(LIMPET_PORT STREQUAL posix)
    install(FILES port/posix/posix.h DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/limpet/port/posix)
endif()

set(package ${CMAKE_INSTALL_LIBDIR}/cmake/limpet)
install(EXPORT limpet NAMESPACE limpet:: DESTINATION ${package} FILE limpet-targets.cmake)
file(WRITE ${CMAKE_CURRENT_BINARY_DIR}/limpet-config.cmake
     "include(CMakeFindDependencyMacro)\n"
     "set(THREADS_PREFER_PTHREAD_FLAG ON)\n"
     "find_dependency(Threads)\n"
     "include(\${CMAKE_CURRENT_LIST_DIR}/limpet-targets.cmake)\n")
write_basic_package_version_file(${CMAKE_CURRENT_BINARY_DIR}/limpet-config-version.cmake
                                 VERSION ${PROJECT_VERSION} COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/limpet-config.cmake ${CMAKE_CURRENT_BINARY_DIR}/limpet-config-version.cmake
        DESTINATION ${package})

file(RELATIVE_PATH LIMPET_UP /${CMAKE_INSTALL_LIBDIR}/pkgconfig /) # from the .pc files to the prefix
# pkg-config cannot hand quotes through a shell, so a header of one line names the product.
foreach(product client lite)
    set(name limpet)
    if(product STREQUAL lite)
        set(name limpet-lite)
    endif()
    file(WRITE ${CMAKE_CURRENT_BINARY_DIR}/use_${product}.h "#define LP_CONFIG \"config/${product}.h\"\n")
    install(FILES ${CMAKE_CURRENT_BINARY_DIR}/use_${product}.h DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/limpet/config)
    configure_file(cmake/limpet.pc.in ${CMAKE_CURRENT_BINARY_DIR}/${name}.pc @ONLY)
    install(FILES ${CMAKE_CURRENT_BINARY_DIR}/${name}.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
endforeach()
