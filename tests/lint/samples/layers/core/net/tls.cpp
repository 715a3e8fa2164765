#include <boost/beast/http.hpp>
#include <openssl/ssl.h>
#include <boost/asio/ip/udp.hpp> // EXPECT
