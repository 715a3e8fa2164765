#include "core/net/tls_pin.h"

#include <openssl/ssl.h>

namespace tarn::net {

const PeerKey* tlsPinOf(const SSL* ssl)
{
    return static_cast<const PeerKey*>(SSL_get_app_data(ssl));
}

void setTlsPin(SSL* ssl, const PeerKey* pin)
{
    // The slot is untyped and never written through.
    SSL_set_app_data(ssl, const_cast<PeerKey*>(pin));
}

} // namespace tarn::net
