#include "storage-server/service.h"
#include <QtTest/QtTest>
#include <boost/asio/ip/udp.hpp>
