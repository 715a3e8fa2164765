#include "core/net/onion_key.h"

#include "core/base/check.h"
#include "core/codec/base32.h"
#include "core/codec/base64.h"

#include <openssl/evp.h>

#include <array>

namespace tarn::net {

namespace {

constexpr std::byte kVersion{3};
constexpr std::size_t kSha512Bytes = 64;
constexpr std::size_t kSha3Bytes = 32;

void digest(const char* algorithm, ByteView message, MutableByteView into)
{
    std::size_t size = into.size();
    const int done = EVP_Q_digest(nullptr, algorithm, nullptr, message.data(), message.size(),
                                  reinterpret_cast<unsigned char*>(into.data()), &size);
    TARN_ASSERT(done == 1 && size == into.size());
}

} // namespace

std::string onionName(const crypto::Ed25519PublicKey& key)
{
    Bytes checked = toBytes(asBytes(".onion checksum"));
    append(checked, key.view());
    checked.push_back(kVersion);
    std::array<std::byte, kSha3Bytes> checksum{};
    digest("SHA3-256", checked, checksum);
    Bytes name = toBytes(key.view());
    name.insert(name.end(), {checksum[0], checksum[1], kVersion});
    return codec::encodeBase32(name) + ".onion";
}

Secret onionKeyBlob(const crypto::Ed25519Seed& seed)
{
    Secret expanded = zeroSecret(kSha512Bytes);
    const MutableByteView bytes = expanded.mutableView();
    digest("SHA512", seed.view(), bytes);
    bytes[0] &= std::byte{0xf8};
    bytes[31] = (bytes[31] & std::byte{0x7f}) | std::byte{0x40};
    std::string text = codec::encodeBase64(expanded.view());
    Secret out("ED25519-V3:" + text);
    wipe(std::as_writable_bytes(std::span(text)));
    return out;
}

} // namespace tarn::net
