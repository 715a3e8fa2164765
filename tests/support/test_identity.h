// test_identity: TLS keys and self-signed certificates made for one test.
#pragma once

#include "core/net/tls_context.h"

#include <string>

namespace tarn::test {

enum class KeyKind { Ed25519, EcdsaP256, Rsa2048 };

struct IdentityPem
{
    std::string key;
    std::string certificate;
};

/// Valid from 1970 to 1971: dates are nobody's business.
IdentityPem makeIdentityPem(KeyKind kind);
net::TlsServerIdentity makeIdentity(KeyKind kind = KeyKind::Ed25519);
/// An Ed25519 identity, the same for the same seed on every machine.
net::TlsServerIdentity makeSeededIdentity(std::uint64_t seed);
/// The same one in every call: fast.
const net::TlsServerIdentity& sharedIdentity();

} // namespace tarn::test
