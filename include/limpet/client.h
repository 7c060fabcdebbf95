/* SPDX-License-Identifier: Apache-2.0
 *
 * limpet/client.h - a device under management: OMA LwM2M 1.1 (and 1.0) over CoAP (RFC 7252) and DTLS 1.2.
 *
 *      lp_tls_memory, lp_client_init, lp_client_add ..., lp_client_account ..., lp_client_start
 *      for (;;) { sleep(lp_step(&client, now())); while (lp_event(&client, &ev) > 0) ...; }
 *
 * Everything happens inside lp_step: it takes what has arrived, sends what is due, and never waits. The application
 * says what changed (lp_changed); object handlers (limpet/object.h) are called from inside lp_step.
 * A client is a plain struct of the caller's; none of its functions may be called from two threads at once.
 */
#ifndef LIMPET_CLIENT_H
#define LIMPET_CLIENT_H

#include "limpet/config.h"
#include "limpet/link.h"
#include "limpet/object.h"
#include "limpet/port.h"
#include "limpet/types.h"

struct lp_client;

/* ---- before anything else ------------------------------------------------------------------------------------ */

/* The arena of the TLS library, one for the process, for ever: aligned to 8. On a target call it first, once, with
 * LP_TLS_ARENA bytes for each client; a host program may leave it out, and libc's heap is used. */
void lp_tls_memory(void *p, size_t n);
/* Most bytes of the arena that were in use at once; 0 without arena. */
size_t lp_tls_memory_peak(void);

/* Copied; what it points to must live as long as the client. */
struct lp_client_config {
    const char *endpoint; /* endpoint client name, UTF-8 */
    struct lp_net *net;
    struct lp_kv *kv;      /* NULL: nothing outlives a reboot */
    const char *lwm2m;     /* newest version offered: "1.0", or NULL: "1.1" */
    struct lp_tx tx;       /* {0}: RFC 7252's defaults */
    uint16_t local_port;   /* 0: any; else the k-th link uses local_port + k */
    int8_t cid;            /* own connection ID, 0 (ask for the server's) to 32 bytes; -1: none */
    bool queue;            /* queue mode: UQ in 1.0, Q in 1.1 */
    uint32_t queue_window; /* ms awake after the last message; 0: 93 s */
    bool con_notify;       /* notifications confirmable */
    uint16_t block_size;   /* largest of ours, 16, 32 .. LP_BLOCK_SIZE; 0: LP_BLOCK_SIZE */
    uint16_t max_message;  /* largest taken, 160 .. LP_MAX_MESSAGE; 0: LP_MAX_MESSAGE */
};

/* 0, LP_ERR_VALUE (config), LP_ERR_STATE (struct lp_client was compiled with other numbers than the library). */
#define lp_client_init(client, config) lp_client_init_((client), sizeof(*(client)), (config))
int lp_client_init_(struct lp_client *, size_t size, const struct lp_client_config *);

/* Objects 0, 1 and 2 are the client's own. The object is linked in: it belongs to the client until it is removed.
 * May be called while running: an Update tells the servers. LP_ERR_VALUE: that id is there already. */
int lp_client_add(struct lp_client *, struct lp_object *);
int lp_client_remove(struct lp_client *, struct lp_object *);

/* ---- accounts ------------------------------------------------------------------------------------------------ */

/* An instance of object 0 and, unless bootstrap, one of object 1; copied. */
struct lp_account {
    const char *uri; /* "coaps://host:port", "coap://..." (ports 5684, 5683 when left out) */
    enum lp_security_mode mode; /* must fit the URI's scheme */
    bool bootstrap;
    struct lp_span identity, key;     /* PSK */
    uint16_t short_id;                /* 1..65534; a bootstrap account has none */
    uint32_t lifetime_s;              /* 0: 86400 */
    int32_t security_iid, server_iid; /* -1: the lowest free */
    uint32_t hold_off_s;              /* /0/x/11, bootstrap */
    uint32_t bs_timeout_s;            /* silence after which a bootstrap is given up; 0: 247 s */
    /* /1/x/17..20 (bootstrap: attempts); 0: 5, 60, 3600, and for ever, or
     * once where a bootstrap account is the way back */
    uint32_t retry_count, retry_timer_s, seq_delay_s, seq_count;
    const char *binding; /* /1/x/7; NULL: "U" */
};
/* Before lp_client_start: the accounts a device is made with. They are used, and not stored, when the store holds none.
 * After it: another server; it is stored.
 * LP_ERR_VALUE: what is wrong is in *why (a static text), if why is not NULL; LP_ERR_FULL. */
int lp_client_account_(struct lp_client *, const struct lp_account *, unsigned *fault);
const char *lp_account_why(unsigned fault); /* NULL: none */
static inline int lp_client_account(struct lp_client *c, const struct lp_account *a,
                                    const char **why)
{ /* inline: who does not ask why does not carry the texts */
    unsigned fault;
    int err = lp_client_account_(c, a, &fault);
    if (why) *why = lp_account_why(fault);
    return err;
}
/* Store the accounts as they are now, also those handed in before lp_client_start: call it after that, and from outside
 * of handlers. 0, or what the store said. */
int lp_client_save(struct lp_client *);
/* After it, lp_step begins to connect. Loads accounts and attributes from the store if they are there and whole.
 * LP_ERR_RANDOM, LP_ERR_STATE (no account at all). */
int lp_client_start(struct lp_client *, uint64_t now);

/* ---- running ------------------------------------------------------------------------------------------------- */

/* Do all that can be done now; returns the ms after which it wants to be called again if no datagram arrives and no
 * lp_ function is called before. now: ms of any monotonic clock that does not count from a negative value; going
 * backward is taken as standing still. */
uint32_t lp_step(struct lp_client *, uint64_t now);

enum lp_event_kind {
    LP_EV_NONE,
    LP_EV_CONNECTED,           /* server; resumed; cid: bytes of the server's ID, -1: none */
    LP_EV_DISCONNECTED,        /* server; err: 0 on purpose */
    LP_EV_BOOTSTRAP,           /* state; err; retry_ms */
    LP_EV_REGISTERED,          /* server */
    LP_EV_REGISTRATION_FAILED, /* server; err (connecting too), code; retry_ms or LP_NO_RETRY */
    LP_EV_UPDATED,             /* server */
    LP_EV_UPDATE_FAILED,       /* server; err, code */
    LP_EV_DEREGISTERED,        /* server */
    LP_EV_REQUEST,             /* server; op; path; code (0: the answer comes later) */
    LP_EV_OBSERVATION_ENDED,   /* server; path; state: enum lp_observation_end */
    LP_EV_DELIVERED,           /* server; path; op: LP_OP_OBSERVE (a notification) or LP_OP_SEND;
                                * err 0: it arrived; LP_ERR_RESET, LP_ERR_TIMEOUT: it did not */
    LP_EV_SLEEP,               /* server: queue mode */
    LP_EV_AWAKE                /* the same */
};
/* Order fixed: console and log name them from a table. */
enum lp_op {
    LP_OP_NONE,
    LP_OP_READ,
    LP_OP_WRITE,
    LP_OP_EXECUTE,
    LP_OP_CREATE,
    LP_OP_DELETE,
    LP_OP_DISCOVER,
    LP_OP_ATTRIBUTES,
    LP_OP_OBSERVE,
    LP_OP_CANCEL,
    LP_OP_READ_COMPOSITE,
    LP_OP_WRITE_COMPOSITE,
    LP_OP_OBSERVE_COMPOSITE,
    LP_OP_CANCEL_COMPOSITE,
    LP_OP_FINISH,
    LP_OP_SEND
};
enum lp_bootstrap_state { LP_BS_STARTED, LP_BS_FINISHED, LP_BS_FAILED };
enum lp_observation_end { LP_END_CANCEL, LP_END_RESET, LP_END_TIMEOUT, LP_END_DELETED };
#define LP_NO_RETRY 0xffffffffu

struct lp_event {
    uint8_t kind, op, code, state; /* enum lp_event_kind, enum lp_op, CoAP code, see kind */
    bool resumed;
    int8_t cid;
    int16_t err;     /* 0 or enum lp_err */
    uint16_t server; /* short server id, 0: bootstrap server */
    uint32_t retry_ms;
    struct lp_path path;
};
/* The next thing that happened, oldest first: 1 and *ev, or 0. Not reading events costs nothing but the news. */
int lp_event(struct lp_client *, struct lp_event *);

/* What is at path (or below it) has changed: observers are told as their attributes say. Cheap: sets a mark.
 * Objects' handlers need not call it for what a server wrote. */
void lp_changed(struct lp_client *, const struct lp_path *);
/* Instances came or went: an Update (and Discover) tells the servers. */
void lp_changed_instances(struct lp_client *, uint16_t obj);

/* Inside a handler: the request being served, to be named to lp_complete after the handler returned LP_PENDING, which
 * only a handler that has asked for this may say. */
uint16_t lp_request_id(const struct lp_client *);
/* The pending request is done: err 0 (for a Read the handler is called again now, and emits) or the error to answer.
 * LP_ERR_NOT_FOUND: nobody waits any more. Call it from outside of handlers. */
int lp_complete(struct lp_client *, uint16_t request_id, int err);

/* ---- what an application may ask for; server: short server id, 0 = all ------------------------------------------ */

/* An Update; lifetime_s 0: the lifetime stays. */
int lp_client_update(struct lp_client *, uint16_t server, uint32_t lifetime_s);
/* No datagram leaves while offline; back online: an Update. */
void lp_client_offline(struct lp_client *, bool offline);
/* As Execute /1/x/4: deregister, stay away for so long. */
int lp_client_disable(struct lp_client *, uint16_t server, uint32_t seconds);
/* Deregister, then remove its account. */
int lp_client_forget(struct lp_client *, uint16_t server);
/* LP_ERR_NOT_FOUND: no bootstrap account. */
int lp_client_bootstrap(struct lp_client *);
/* The device's address changed: new sockets, same associations. */
void lp_client_rebind(struct lp_client *);
/* Queue mode; an Update tells, or, of its end in 1.1, a Register. */
void lp_client_queue(struct lp_client *, bool on);
/* Deregister; go on calling lp_step until stopped. */
void lp_client_stop(struct lp_client *);
bool lp_client_stopped(const struct lp_client *);
/* Before power-off: close sockets, keep associations; says nothing. */
void lp_client_suspend(struct lp_client *);

/* Sleep that loses RAM. lp_client_sleep is lp_client_suspend, and first stores what lp_client_resume needs to go on
 * as registered: locations, observations, times. Then a notification costs one datagram and its acknowledgement: no
 * handshake, no Register. What was stored is good until the next datagram is sent, so for one time: after a wake-up
 * that had nothing to say lp_client_suspend will do, and slept_ms goes on counting from lp_client_sleep. After a reset
 * that nobody prepared for call lp_client_start, which registers. A server repeats a request for up to 93 s, and in
 * its sleep the device forgets what it has done: in queue mode LP_EV_SLEEP says when that is over.
 * LP_AGAIN: a message is outstanding, nothing was done: go on with lp_step. Else it is suspended, and 0 says that it
 * can be resumed. LP_ERR_STATE: it is not registered over an association that is stored (NoSec never is), is stopping,
 * or bootstraps. LP_ERR_STORE, LP_ERR_FULL, LP_ERR_TOO_LARGE (for the client's buffers): not stored. */
int lp_client_sleep(struct lp_client *);
#define LP_SLEPT_UNKNOWN UINT64_MAX
/* Instead of lp_client_start, with the same objects and accounts as before (if the objects differ an Update says so).
 * slept_ms: since lp_client_sleep; if nobody knows, an Update goes first, and each observation is as due as can be.
 * A server whose registration is over, or that cannot be resumed for any reason, is registered with as at a start. */
int lp_client_resume(struct lp_client *, uint64_t now, uint64_t slept_ms);

/* The device's own view of its data model, by the same code as a server's requests but without their access rules.
 * read: the value in *v; spans point into buf. write creates a missing resource instance; both mark the change. */
int lp_client_get(struct lp_client *, const struct lp_path *, struct lp_value *v, void *buf,
                  size_t cap);
int lp_client_set(struct lp_client *, const struct lp_path *, const struct lp_value *v);
int lp_client_create(struct lp_client *, uint16_t obj, uint16_t inst);
int lp_client_delete(struct lp_client *, const struct lp_path *);

enum lp_link_state {
    LP_LINK_OFF,
    LP_LINK_WAIT,
    LP_LINK_CONNECTING,
    LP_LINK_REGISTERING,
    LP_LINK_REGISTERED,
    LP_LINK_UPDATING,
    LP_LINK_DEREGISTERING,
    LP_LINK_BOOTSTRAPPING
};
struct lp_server_info {
    uint16_t server; /* short id, 0: bootstrap */
    enum lp_link_state state;
    const char *uri; /* valid until the next lp_step */
    enum lp_security_mode mode;
    uint32_t lifetime_s;
    const char *location; /* "/rd/xyz", "" when not registered */
    bool asleep;
};
/* 0, or LP_ERR_NOT_FOUND past the last. */
int lp_client_server(const struct lp_client *, unsigned index, struct lp_server_info *);
unsigned lp_client_observations(const struct lp_client *);

/* ---- objects that come with the library ---------------------------------------------------------------------- */

/* Object 3: constant texts; NULL leaves a resource out. For the life of the client. */
struct lp_device {
    struct lp_object object;
    const char *manufacturer, *model, *serial, *firmware, *hardware, *software, *type;
    /* Called after the answer to Execute /3/0/4 has left; NULL: 4.05. */
    void (*reboot)(struct lp_device *);
    void (*factory_reset)(struct lp_device *);
    int16_t battery_percent; /* -1: none */
    int8_t error_code;       /* /3/0/11 instance 0; 0: no error */
    const char *binding;     /* /3/0/16; NULL: "U" */
    struct lp_client *client;
    /* Current time (/3/0/13) = client's clock + offset, once written; INT64_MIN: not set. */
    int64_t time_offset;
    char utc_offset[7], timezone[33];
    uint8_t reboot_due; /* private */
};
int lp_device_add(struct lp_client *, struct lp_device *);

/* An IPSO object with one instance 0, one call to add, one to set. For the life of the client. */
struct lp_sensor {
    struct lp_object object;
    const char *unit;       /* resource 5701; NULL: left out */
    double value, min, max; /* 5700, 5601, 5602 */
    bool has_value;
    bool on;                             /* 3347: 5500 button pressed; 3311: 5850 light on */
    uint8_t dimmer;                      /* 3311: 5851 */
    uint32_t count;                      /* 3347: 5501 */
    void (*changed)(struct lp_sensor *); /* a server wrote it (3311), or NULL */
    struct lp_client *client;
};
/* object_id 3303 temperature, 3304 humidity, 3300 generic sensor, 3347 push button, 3311 light control. */
/* 3300 (generic), 3303 (temperature), 3304 (humidity); others are LP_ERR_VALUE. */
int lp_sensor_add(struct lp_client *, struct lp_sensor *, uint16_t object_id, const char *unit);
int lp_button_add(struct lp_client *, struct lp_sensor *); /* 3347 */
int lp_light_add(struct lp_client *, struct lp_sensor *);  /* 3311 */
void lp_sensor_set(struct lp_sensor *, double value); /* a new measurement: min, max, observers */
void lp_button_set(struct lp_sensor *, bool pressed);
void lp_light_set(struct lp_sensor *, bool on, uint8_t dimmer);

#include "limpet/state.h" /* Private part: struct lp_client itself */

#endif
