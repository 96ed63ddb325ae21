/* SPDX-License-Identifier: MIT */
/** The version of the library; a test holds it against package.json. */
#ifndef PN_VERSION_H
#define PN_VERSION_H

#define PN_VERSION "0.1.0"

#endif
