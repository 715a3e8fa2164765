#include "core/crypto/sha1.h"

#include "core/base/check.h"
#include "core/crypto/digest_context.h"

#include <openssl/evp.h>

namespace tarn::crypto {

namespace {

const EVP_MD* fetchedSha1()
{
    static const EVP_MD* const algorithm = EVP_MD_fetch(nullptr, "SHA1", nullptr);
    TARN_ASSERT(algorithm != nullptr);
    return algorithm;
}

} // namespace

Sha1Digest sha1(ByteView bytes)
{
    return sha1(bytes, {});
}

Sha1Digest sha1(ByteView a, ByteView b)
{
    thread_local const DigestContext context(EVP_MD_CTX_new());
    Sha1Digest digest;
    auto* out = reinterpret_cast<unsigned char*>(digest.mutableView().data());
    TARN_ASSERT(context && EVP_DigestInit_ex2(context.get(), fetchedSha1(), nullptr) == 1);
    TARN_ASSERT(EVP_DigestUpdate(context.get(), a.data(), a.size()) == 1);
    TARN_ASSERT(EVP_DigestUpdate(context.get(), b.data(), b.size()) == 1);
    TARN_ASSERT(EVP_DigestFinal_ex(context.get(), out, nullptr) == 1);
    return digest;
}

} // namespace tarn::crypto
