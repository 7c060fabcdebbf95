"""limpet-server over DTLS, with limpet-client as the device: keys and roles, restarts, lost and changed associations."""
import secrets
import signal
import time
import unittest

from harness import Client, tmp
from test_server import Events, Server

KEY = "000102030405060708090a0b0c0d0e0f"
OTHER = "ff" * 16


def psk(endpoint, identity, key):
    return {"endpoint": endpoint, "tls": {"mode": "psk", "details": {"identity": identity, "key": key}}}


def plan(server, identity, key, short_id=123):
    return {"servers": {"0": {"shortId": short_id, "lifetime": 300, "defaultMinPeriod": 0, "notifIfDisabled": True, "binding": "U"}},
            "security": {"1": {"bootstrapServer": False, "securityMode": "PSK", "publicKeyOrId": list(identity.encode()),
                               "secretKey": list(bytes.fromhex(key)), "serverId": short_id, "uri": "coaps://" + server.ready["coaps"]}},
            "oscore": {}, "toDelete": ["/1"]}


class Case(unittest.TestCase):
    def setUp(self):
        self.folder = tmp("secure")
        self.db = self.folder / "limpet.db"
        self.server = Server(db=self.db)
        self.addCleanup(self.tidy)

    def tidy(self):
        if self.server.process.poll() is None:
            self.server.stop()
        Events.close_all()

    def restart(self, how):
        self.server.stop(how)
        self.server = Server(db=self.db, **self.server.addresses())

    def put(self, where, body):
        self.assertEqual(self.server.call("PUT", "/api/security/" + where, body), (200, ""))

    def client(self, *args, endpoint="dev", identity="id", key=KEY, to="-s"):
        return Client("-e", endpoint, to, "coaps://" + self.server.ready["coaps"], "--psk", f"{identity}:{key}",
                      "--tx", "0.2:1.5:3", "--retry", "5:1:1:5", *args)

    def value(self, path, endpoint="dev"):
        status, answer = self.server.call("GET", f"/api/clients/{endpoint}{path}")
        self.assertEqual(status, 200, answer)
        return answer["content"]["value"]


class Keys(Case):
    def test_registered_over_dtls(self):
        self.put("clients", psk("dev", "id", KEY))
        with self.client() as c:
            c.wait_for("registered", server=1)
            got = self.server.call("GET", "/api/clients/dev")[1]
            self.assertIs(got["secure"], True)
            self.assertEqual(self.value("/3/0/0"), c.get("/3/0/0"))

    def test_wrong_key_and_unknown_identity(self):
        self.put("clients", psk("dev", "id", KEY))
        for identity, key in [("id", OTHER), ("nobody", KEY)]:
            with self.client(identity=identity, key=key) as c:
                c.wait_for("registration_failed", server=1)
            self.assertEqual(self.server.call("GET", "/api/clients")[1], [])

    def test_identity_of_another_endpoint(self):
        self.put("clients", psk("other", "id", KEY))
        with self.client() as c:
            self.assertEqual(c.wait_for("registration_failed")["error"], "4.03")
        self.assertEqual(self.server.call("GET", "/api/clients")[1], [])

    def test_a_changed_key_ends_the_association(self):
        self.put("clients", psk("dev", "id", KEY))
        with self.client() as c:
            c.wait_for("registered")
            self.put("clients", psk("dev", "id", KEY))  # the same: nothing happens
            self.assertEqual(self.value("/3/0/0"), c.get("/3/0/0"))
            self.assertEqual(c.seen("disconnected"), [])
            self.put("clients", psk("dev", "id", OTHER))
            c.say("update")
            c.wait_for("disconnected")


class Roles(Case):
    def boot(self, *, identity="id", key=KEY, handed=("mid", OTHER)):
        self.server.call("POST", "/api/bootstrap/dev", plan(self.server, *handed))
        return self.client(identity=identity, key=key, to="-b")

    def test_one_key_for_both(self):
        self.put("clients", psk("dev", "id", KEY))
        with self.boot(handed=("id", KEY)) as c:
            c.wait_for("bootstrap", state="finished")
            c.wait_for("registered", server=123)
            self.assertEqual(self.value("/1/0/0"), "123")

    def test_the_plan_hands_out_another_identity(self):
        self.put("clients", psk("dev", "id", KEY))
        with self.boot() as c:
            c.wait_for("bootstrap", state="finished")
            c.wait_for("registered", server=123)

    def test_one_identity_with_a_key_for_each_role(self):
        self.put("bootstrap", psk("dev", "id", KEY))
        self.put("clients", psk("dev", "id", OTHER))
        with self.boot(handed=("id", OTHER)) as c:
            c.wait_for("bootstrap", state="finished")
            c.wait_for("registered", server=123)
            c.command("bootstrap", ok=True)  # now it is registered: the first try may fail
            c.wait_for("bootstrap", state="finished", timeout=30)
            c.wait_for("registered", server=123, timeout=30)

    def test_the_plan_hands_out_another_key_of_the_same_identity(self):
        self.put("clients", psk("dev", "id", KEY))
        with self.boot(handed=("id", OTHER)) as c:
            c.wait_for("bootstrap", state="finished")
            c.wait_for("registered", server=123)
        with self.client() as c:  # the first key still registers
            c.wait_for("registered", server=1, timeout=30)

    def test_credentials_as_for_two_servers(self):
        """A script that knows a bootstrap server and a management server: here both are one."""
        for identity in ("id", "mid"):
            self.put("clients", psk("dev", "id", KEY))
            self.server.call("POST", "/api/bootstrap/dev", plan(self.server, identity, OTHER))
            status, text = self.server.call("PUT", "/api/security/clients", psk("dev", identity, OTHER))
            self.assertEqual((status, "kept for bootstrap" in text), (200, True))
            with self.boot(handed=(identity, OTHER)) as c:
                c.wait_for("bootstrap", state="finished")
                c.wait_for("registered", server=123)
            for where in ("clients", "bootstrap"):
                self.server.call("DELETE", f"/api/security/{where}/dev")

    def test_the_key_of_a_plan_that_is_gone(self):
        self.put("clients", psk("dev", "id", KEY))
        for change in (("DELETE", "/api/bootstrap/dev"),
                       ("POST", "/api/bootstrap/dev", plan(self.server, "mid", KEY))):
            with self.boot() as c:
                c.wait_for("registered", server=123)
                self.server.call("POST", "/api/bootstrap/dev", plan(self.server, "mid", OTHER))  # the same: nothing happens
                self.assertEqual(self.value("/1/0/0"), "123")
                self.assertEqual(c.seen("disconnected", server=123), [])
                self.server.call(*change)
                c.say("update")
                c.wait_for("disconnected", server=123)

    def test_a_registration_without_security_ends_with_a_credential(self):
        with Client("-e", "dev", "-s", "coap://" + self.server.ready["coap"]) as c:
            c.wait_for("registered")
            self.put("clients", psk("dev", "id", KEY))
            self.assertEqual(self.server.call("GET", "/api/clients")[1], [])
            c.say("update")
            self.assertEqual(c.wait_for("registration_failed")["error"], "4.03")

    def test_a_withdrawn_key(self):
        self.put("clients", psk("dev", "id", KEY))
        self.put("clients", psk("dev", "id", OTHER))
        with self.client() as c:
            c.wait_for("registration_failed")

    def test_a_bootstrap_key_does_not_register(self):
        self.put("bootstrap", psk("dev", "id", KEY))
        with self.client() as c:
            self.assertEqual(c.wait_for("registration_failed")["error"], "4.03")

    def test_no_plan(self):
        self.put("clients", psk("dev", "id", KEY))
        with self.client(to="-b") as c:
            c.wait_for("bootstrap", state="failed", error="4.00")


class Lifes(Case):
    def setUp(self):
        super().setUp()
        self.put("clients", psk("dev", "id", KEY))

    def observe(self):
        self.assertEqual(self.server.call("POST", "/api/clients/dev/3303/0/5700/observe")[0], 200)

    def device(self, *args):
        device = self.folder / "device.json"
        device.write_text('{"objects":[{"id":3,"instances":{"0":{"0":"Limpet","1":"m"}}},'
                          '{"id":3303,"instances":{"0":{"5700":21.5}}}]}')
        return self.client("-d", device, "--con", *args)

    def test_orderly_restart_without_handshake(self):
        with self.device() as c:
            c.wait_for("registered")
            self.observe()
            self.restart(signal.SIGTERM)
            events = Events(self.server.http)
            c.set("/3303/0/5700", "22.5")
            self.assertEqual(events.next("NOTIFICATION")["val"]["value"], "22.5")
            self.assertEqual(self.value("/3/0/0"), "Limpet")
            self.restart(signal.SIGTERM)
            self.assertEqual(self.value("/3/0/0"), "Limpet")  # the server may speak first
            self.assertEqual(c.seen("disconnected"), [])
            self.assertEqual(len(c.seen("connected")), 1)

    def test_sleep_that_loses_ram(self):
        with self.device("--state", self.folder / "state") as c:
            c.wait_for("registered")
            self.observe()
            events = Events(self.server.http)
            for value in ("22.5", "23.5"):
                c.command("sleep 600", ok=True)
                c.wait_for("connected", resumed=True)
                c.set("/3303/0/5700", value)
                self.assertEqual(events.next("NOTIFICATION")["val"]["value"], value)
                c.wait_for("delivered", ok=True)
            self.assertEqual(self.value("/3/0/0"), "Limpet")
            self.assertEqual(len(c.seen("registered")), 1)
            self.assertFalse(c.command("sleep long")["ok"])

    def test_killed_server(self):
        with self.device() as c:
            c.wait_for("registered")
            self.observe()
            self.restart(signal.SIGKILL)
            self.assertEqual(len(self.server.call("GET", "/api/clients")[1]), 1)
            c.say("update")
            c.wait_for("connected", resumed=False, timeout=30)
            c.wait_for("registered")
            self.assertEqual(self.value("/3/0/0"), "Limpet")

    def test_killed_device(self):
        c = self.device()
        c.wait_for("registered")
        c.kill()
        c.close()
        with self.device() as again:
            again.wait_for("registered")
            self.assertEqual(len(self.server.call("GET", "/api/clients")[1]), 1)
            self.assertEqual(self.value("/3/0/0"), "Limpet")
        c.log.close()

    def test_associations_are_loaded_once(self):
        with self.device() as c:
            c.wait_for("registered")
            self.restart(signal.SIGTERM)
            self.server.call("GET", "/api/clients")  # it is ready a little before it has loaded
            self.restart(signal.SIGKILL)  # what was saved was used up: no nonce may come twice
            c.say("update")
            c.wait_for("connected", resumed=False, timeout=30)

    def test_large_write(self):
        device = self.folder / "device.json"
        device.write_text('{"objects":[{"id":3,"instances":{"0":{"0":"Limpet"}}},{"id":33605,"resources":'
                          '{"3":{"type":"opaque","ops":"RW"}},"instances":{"0":{"3":"hex:00"}}}]}')
        with self.client("-d", device) as c:
            c.wait_for("registered")
            data = secrets.token_hex(3500)
            body = {"id": 3, "kind": "singleResource", "value": data, "type": "opaque"}
            status, answer = self.server.call("PUT", "/api/clients/dev/33605/0/3?timeout=20", body)
            self.assertEqual((status, answer["status"]), (200, "CHANGED(204)"))
            self.assertEqual(self.value("/33605/0/3?timeout=20"), data)

    def test_queue_mode(self):
        with self.device("-q", "--queue-window", "1") as c:
            c.wait_for("registered")
            c.wait_for("sleep", timeout=20)
            wait = self.server.later("GET", "/api/clients/dev/3/0/0?timeout=30")
            time.sleep(0.5)
            c.say("update")
            self.assertEqual(wait(30)[1]["content"]["value"], "Limpet")


class Fleet(Case):
    def test_a_hundred_at_once(self):
        n = 100
        for i in range(1, n + 1):
            self.put("clients", psk(f"dev-{i}", f"dev-{i}", KEY))
        nosec = Client("-e", "plain", "-s", "coap://" + self.server.ready["coap"], "--count", str(n))
        with nosec:
            for _ in range(n):
                nosec.wait_for("registered", timeout=60)
            self.assertEqual(len(self.server.call("GET", "/api/clients")[1]), n)
            waits = [self.server.later("GET", f"/api/clients/plain-{i}/3/0/0?timeout=30") for i in range(1, n + 1)]
            for wait in waits:
                self.assertEqual(wait(40)[1]["status"], "CONTENT(205)")


if __name__ == "__main__":
    unittest.main()
