#include "core/base/plain.h"
#include "core/cap/high.h" // EXPECT
#include "middle.h" // EXPECT
#include "storage-server/service.h" // EXPECT
#include <cbor.h> // EXPECT
#include <QtCore/QString> // EXPECT
#include <netdb.h> // EXPECT
