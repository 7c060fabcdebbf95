/* SPDX-License-Identifier: Apache-2.0
 *
 * links.c - see links.h.
 */
#include "server/links.h"

#include <stdio.h>
#include <string.h>

#include "bytes/link.h"
#include "bytes/num.h"
#include "bytes/value.h"

static json_t *attribute_json(const struct lp_link_attr *a)
{
    if (a->quoted) return json_stringn((const char *)a->value.p - 1, a->value.n + 2);
    return a->value.n ? json_stringn(a->value.p, a->value.n) : json_null();
}

static int add_attribute(json_t *to, const struct lp_link_attr *a)
{
    char name[64];
    if (a->name.n >= sizeof(name)) return LP_ERR_FORMAT;
    memcpy(name, a->name.p, a->name.n);
    name[a->name.n] = 0;
    return json_object_set_new(to, name, attribute_json(a)) == 0 ? 0
                                                                 : LP_ERR_FORMAT; /* not UTF-8 */
}

json_t *links_json(struct lp_span text)
{
    struct lp_in in;
    struct lp_href l;
    struct lp_link_attr a;
    json_t *list = json_array();
    int got, err = 0;
    lp_in_init(&in, text.p, text.n);
    while (!err && (got = lp_link_next(&in, &l)) == 1) {
        json_t *attrs = json_object(), *url = json_stringn(l.href.p, l.href.n);
        while (!err && lp_link_next_attr(&in, &a) == 1) err = add_attribute(attrs, &a);
        if (!url) err = LP_ERR_FORMAT;
        json_array_append_new(
            list, json_pack("{s:o, s:o}", "url", url ? url : json_null(), "attributes", attrs));
    }
    if (got == 0 && !err) return list;
    json_decref(list);
    return NULL;
}

bool links_valid(struct lp_span text)
{
    struct lp_in in;
    struct lp_href l;
    unsigned n = 0;
    lp_in_init(&in, text.p, text.n);
    while (lp_link_next(&in, &l) == 1)
        if (!l.href.n || ++n > LINKS_MAX) return false;
    json_t *list = text.n ? links_json(text) : NULL;
    json_decref(list);
    return list != NULL;
}

/* "60 110 112 11542" */
static void read_formats(struct lp_span s, struct links_info *info)
{
    const char *p = s.p;
    info->says_formats = true;
    for (size_t i = 0; i < s.n;) {
        size_t from = i;
        while (i < s.n && p[i] != ' ') i++;
        uint64_t id = 0;
        lp_get_uint((struct lp_span){p + from, i - from}, &id);
        info->tlv |= id == 11542;
        info->senml_cbor |= id == 112;
        info->senml_json |= id == 110;
        info->opaque |= id == 42;
        i++;
    }
}

static void set_root(struct links_info *info, struct lp_span href)
{
    const char *p = href.p;
    if (href.n < 2 || href.n >= LINKS_ROOT || p[0] != '/') return;
    memcpy(info->root, p, href.n);
    info->root[href.n - (p[href.n - 1] == '/')] = 0;
}

void links_info(struct lp_span text, struct links_info *info)
{
    struct lp_in in;
    struct lp_href l;
    struct lp_link_attr a;
    *info = (struct links_info){.root = "/"};
    lp_in_init(&in, text.p, text.n);
    while (lp_link_next(&in, &l) == 1) {
        bool root = lp_span_is(l.href, "/");
        struct lp_span ct = {0};
        while (lp_link_next_attr(&in, &a) == 1) {
            if (lp_span_is(a.name, "rt") && lp_span_is(a.value, "oma.lwm2m")) {
                root = true;
                set_root(info, l.href);
            }
            if (lp_span_is(a.name, "ct")) ct = a.value;
        }
        if (root && ct.n) read_formats(ct, info);
    }
}

json_t *links_instances(struct lp_span text, const char *root)
{
    size_t skip = strcmp(root, "/") == 0 ? 0 : strlen(root);
    json_t *all = json_object();
    struct lp_in in;
    struct lp_href l;
    lp_in_init(&in, text.p, text.n);
    while (lp_link_next(&in, &l) == 1) {
        struct lp_path p;
        char key[8];
        if (l.href.n <= skip || memcmp(l.href.p, root, skip) != 0) continue;
        if (lp_path_parse(&p, (struct lp_span){(const char *)l.href.p + skip, l.href.n - skip}) !=
            0)
            continue;
        if (lp_path_level(&p) != LP_LEVEL_INSTANCE) continue;
        snprintf(key, sizeof(key), "%u", (unsigned)p.obj);
        json_t *list = json_object_get(all, key);
        if (!list) json_object_set_new(all, key, list = json_array());
        json_array_append_new(list, json_integer(p.inst));
    }
    return all;
}
