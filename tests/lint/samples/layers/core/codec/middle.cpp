#include "core/codec/middle.h"
#include <cbor.h>
#include <openssl/evp.h> // EXPECT
// #include <openssl/evp.h>
