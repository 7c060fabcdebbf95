/* SPDX-License-Identifier: Apache-2.0
 *
 * error.c - lp_strerror. One string, walked: a table of pointers would be larger, and need relocation.
 */
#include "limpet/types.h"

#include <string.h>

const char *lp_strerror(int err)
{
    static const char texts[] = "no error\0"
                                "nothing yet, call again later\0"
                                "accepted, the answer comes later\0"
                                "bytes that break their format\0"
                                "a value that cannot be taken\0"
                                "no right to do this\0"
                                "no such object, instance, resource or key\0"
                                "operation not allowed here\0"
                                "no such output format, or account not consistent\0"
                                "a block is missing\0"
                                "precondition failed\0"
                                "too large\0"
                                "content format not known\0"
                                "critical option not known\0"
                                "the handler failed\0"
                                "no room\0"
                                "the store failed\0"
                                "the network failed\0"
                                "no answer in time\0"
                                "reset by the peer\0"
                                "handshake or record refused\0"
                                "no random bytes\0"
                                "not possible now\0"
                                "the peer answered with an error\0"
                                "unknown error";
    const char *t = texts, *last = texts + sizeof texts - sizeof "unknown error";
    for (; err < 0 && t < last; err++) t += strlen(t) + 1;
    return t;
}
