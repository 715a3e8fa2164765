#include "core/base/plain.h"
#include "core/net/tls.h" // EXPECT
#include <QtWidgets/QWidget>
