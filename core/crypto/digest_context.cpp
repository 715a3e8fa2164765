#include "core/crypto/digest_context.h"

#include "core/base/check.h"

#include <openssl/evp.h>

namespace tarn::crypto {

namespace {

/// Kept for the life of the process: threads may still hash while statics are destroyed.
const EVP_MD* fetchedSha256()
{
    static const EVP_MD* const algorithm = EVP_MD_fetch(nullptr, "SHA256", nullptr);
    TARN_ASSERT(algorithm != nullptr);
    return algorithm;
}

} // namespace

// A digest in memory fails only when memory is out or the library is broken: nothing to go on with.

void FreeDigestContext::operator()(evp_md_ctx_st* context) const
{
    EVP_MD_CTX_free(context);
}

DigestContext newSha256Context()
{
    DigestContext context(EVP_MD_CTX_new());
    TARN_ASSERT(context);
    TARN_ASSERT(EVP_DigestInit_ex2(context.get(), fetchedSha256(), nullptr) == 1);
    return context;
}

evp_md_ctx_st* restartThreadContext()
{
    // Copying a started context is cheaper than starting one.
    thread_local const DigestContext started = newSha256Context();
    thread_local const DigestContext context = newSha256Context();
    TARN_ASSERT(EVP_MD_CTX_copy_ex(context.get(), started.get()) == 1);
    return context.get();
}

void updateDigest(evp_md_ctx_st* context, ByteView bytes)
{
    TARN_ASSERT(EVP_DigestUpdate(context, bytes.data(), bytes.size()) == 1);
}

Hash256 finishDigest(evp_md_ctx_st* context)
{
    Hash256 hash;
    auto* out = reinterpret_cast<unsigned char*>(hash.mutableView().data());
    TARN_ASSERT(EVP_DigestFinal_ex(context, out, nullptr) == 1);
    return hash;
}

Hash256 digestOf(ByteView bytes)
{
    evp_md_ctx_st* context = restartThreadContext();
    updateDigest(context, bytes);
    return finishDigest(context);
}

} // namespace tarn::crypto
