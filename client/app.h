/* SPDX-License-Identifier: Apache-2.0
 *
 * app.h - the program: its options, the devices it imitates, and what they share.
 *
 *   main --> args            options
 *        --> model           what a device is made of
 *        --> run ----------> device ---> lp_step, lp_event --> events --> output
 *             `--> console --> commands --'   data, keep: the objects' values
 */
#ifndef CLIENT_APP_H
#define CLIENT_APP_H

#include <jansson.h>

#include "client/args.h"
#include "client/model.h"
#include "client/output.h"
#include "limpet/client.h"
#include "posix/posix.h"

struct app;
struct device;

struct data_object {         /* an object of one device: data.c */
    struct lp_object object; /* first: the library hands it back */
    const struct model_object *model;
    struct device *dev;
    json_t *instances; /* {"0": {"0": value, ...}, ...} */
    json_t *touched;   /* {"0": true, ...}: instances that differ from the model: keep.c */
    int fresh;         /* instance that the request being served has made, or -1 */
    bool present;      /* the client has it */
};

struct late {         /* an answer that a delay holds back */
    uint16_t request; /* 0: free */
    bool done;
    uint64_t due;
};

enum want { WANT_NOTHING, WANT_REBOOT, WANT_RESET, WANT_RESTART, WANT_SLEEP };

struct device { /* device.c */
    struct app *app;
    char *endpoint;
    unsigned index;
    struct lp_posix_net net;
    struct lp_net tap;     /* before net, to log what passes (-v) */
    struct lp_posix_kv kv; /* kv.flash.fd -1: nothing is kept */
    struct data_object *object;
    unsigned n;
    json_t *news; /* what handlers have done, until the request's event says for whom: events.c */
    struct late late[LP_MAX_PENDING];
    bool local;             /* a handler was called by the console, not for a server */
    bool dirty;             /* values to be kept */
    bool running, stopping; /* lp_client_start was called; lp_client_stop was */
    enum want want;         /* as soon as the library has returned */
    const char *why;
    uint64_t skew; /* ms that `skip` has added to the clock */
    uint64_t nap;  /* ms that it is to sleep */
    uint64_t
        due; /* when it wants to run, by the program's clock; run.c keeps devices in a heap by it */
    uint64_t stop_by;
    unsigned place; /* in the heap */
    struct lp_client client;
};

struct app {
    struct options options;
    struct model model;
    struct output out;
    struct device **device; /* options.count of them */
    struct device **heap;
    int epoll, signals;
    bool quitting;
    uint64_t quit_by;
    char *line; /* a console line that is not whole yet */
    size_t line_n, line_room;
    bool console;       /* stdin is open */
    bool console_polls; /* stdin is a file: epoll does not take it, it can always be read */
};

/* ---- device.c ---- */
int device_open(struct app *,
                unsigned index);   /* makes app->device[index]: 0, or 1 with a message on stderr */
int device_start(struct device *); /* the client with objects and accounts, as device_boot */
int device_boot(struct device *);  /* as power on: 0; 1, or 2 for bad options, with a message */
void device_run(struct device *);  /* all that can be done now; sets due */
void device_stop(struct device *); /* deregister */
bool device_stopped(const struct device *);
void device_close(struct device *);
uint64_t device_now(const struct device *); /* the device's own clock */
void account_of(const struct device *, const struct account *,
                struct lp_account *); /* for the library; points into the former */

/* ---- run.c ---- */
int run(struct app *);
void run_due(struct device *, uint64_t due); /* its next turn has changed */
void run_quit(struct app *);

/* ---- factory.c ---- */
int factory(struct app *); /* --make-flash: the exit status */

/* ---- data.c ---- */
int data_init(struct device *);
void data_free(struct device *);
struct data_object *data_object(struct device *, uint16_t id); /* NULL: there is none */
json_t *data_instance(const struct data_object *, uint16_t inst);
json_t *data_get(struct device *,
                 const struct lp_path *); /* a new reference, NULL: there is none */
void data_put(struct data_object *, const struct lp_path *,
              json_t *value); /* takes the reference */
void data_touch(struct data_object *, uint16_t inst);
char *data_key(char key[8], unsigned id);
void data_late(struct device *);               /* complete what is due */
uint64_t data_late_due(const struct device *); /* by the device's clock; UINT64_MAX: never */

/* ---- keep.c: values in the state folder ---- */
void keep_load(struct device *);
void keep_save(struct device *);

/* ---- events.c ---- */
void events_drain(struct device *);
void event_put(struct device *, json_t *event);
json_t *event_new(const struct device *, const char *name);
void event_news(struct device *, const char *event, const struct lp_path *, const char *member,
                json_t *value);
const char *error_word(int err);
json_t *status_servers(struct device *);

/* ---- console.c, commands.c, cmd_data.c ---- */
void console_read(struct app *);
struct reply {
    json_t *value;
    const char *error; /* NULL: ok */
    char text[256];
};
struct command {
    const char *name, *usage, *help;
    void (*device)(struct device *, const char *args, struct reply *); /* for each device, or: */
    void (*app)(struct app *, const char *args, struct reply *);       /* for all */
};
extern const struct command commands[]; /* ends with a NULL name */
void command_get(struct device *, const char *args, struct reply *);
void command_set(struct device *, const char *args, struct reply *);
void command_create(struct device *, const char *args, struct reply *);
void command_delete(struct device *, const char *args, struct reply *);
/* An instance of object 0, 1 or 2 that has this value at resource res, from instance `from` on; -1: none. */
int core_find(struct device *, uint16_t obj, uint16_t res, json_int_t value, unsigned from);
void reply_usage(struct reply *, const char *expected);
void reply_err(struct reply *, int err);
__attribute__((format(printf, 3, 4))) void reply_error(struct reply *, const char *error,
                                                       const char *form, ...);

#endif
