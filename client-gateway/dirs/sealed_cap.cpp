#include "client-gateway/dirs/sealed_cap.h"

#include "core/crypto/aes_ctr.h"

namespace tarn::gateway {

namespace {

constexpr std::size_t kOverhead = crypto::Salt::kSize + Hash256::kSize;

} // namespace

Bytes sealWriteCap(const crypto::WriteKey& directoryKey, std::string_view writeCap)
{
    const crypto::Salt salt = crypto::childCapSalt(asBytes(writeCap));
    const FileKey key = crypto::childCapKey(salt, directoryKey);
    Bytes sealed = toBytes(salt.view());
    sealed.resize(crypto::Salt::kSize + writeCap.size());
    crypto::AesCtr(key).apply(asBytes(writeCap),
                              MutableByteView(sealed).subspan(crypto::Salt::kSize));
    append(sealed, crypto::childCapMac(key, sealed));
    return sealed;
}

std::string openWriteCap(const crypto::WriteKey& directoryKey, ByteView sealed)
{
    if (sealed.size() <= kOverhead) return {};
    const auto salt = crypto::Salt::prefixOf(sealed);
    const ByteView hidden = sealed.subspan(crypto::Salt::kSize, sealed.size() - kOverhead);
    std::string writeCap(hidden.size(), '\0');
    crypto::AesCtr(crypto::childCapKey(salt, directoryKey))
        .apply(hidden, std::as_writable_bytes(std::span(writeCap)));
    return writeCap;
}

} // namespace tarn::gateway
