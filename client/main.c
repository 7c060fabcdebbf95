/* SPDX-License-Identifier: Apache-2.0
 *
 * main.c - limpet-client and limpet-client-lite: a device, or thousands, for trying out, testing and imitating. The two
 * are made of the same sources; limpet/config.h tells the product.
 */
#include "client/app.h"

#include <stdio.h>

int main(int argc, char **argv)
{
    static struct app app;
    char error[512];
    int status = args_parse(&app.options, argc, argv);
    if (status != ARGS_RUN) return status;
    if (model_read(&app.model, app.options.device_file, error, sizeof error)) {
        fprintf(stderr, "limpet-client: %s\n", error);
        return 2;
    }
    lp_posix_log_level(app.options.verbose ? LP_LOG_DEBUG : LP_LOG_WARN);
    output_init(&app.out, app.options.json, app.options.count > 0);
    status = app.options.make_flash ? factory(&app) : run(&app);
    model_free(&app.model);
    return status;
}
