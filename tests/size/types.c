/* SPDX-License-Identifier: Apache-2.0
 *
 * types.c - objects as large as the structs that scripts/size tells of. */
#include <limpet/client.h>

char struct_lp_client[sizeof(struct lp_client)];
char struct_lp_link[sizeof(struct lp_link)];
char struct_lp_observation[sizeof(struct lp_observation)];
