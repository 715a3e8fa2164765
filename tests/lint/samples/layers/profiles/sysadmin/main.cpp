#include "client-gateway/service.h"
#include "core/base/low.h"
#include "storage-server/service.h" // EXPECT
