/* SPDX-License-Identifier: Apache-2.0
 *
 * page.h - the web page at /. */
#ifndef SERVER_PAGE_H
#define SERVER_PAGE_H

extern const char page_html[];

#endif
