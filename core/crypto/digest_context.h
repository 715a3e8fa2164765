// digest_context: OpenSSL's SHA-256 without its costs. For this folder only.
// The algorithm is fetched once, each thread keeps one context for short messages: a context made
// per hash costs three times as much on Merkle nodes.
#pragma once

#include "core/base/bytes.h"
#include "core/base/ids.h"

#include <memory>

struct evp_md_ctx_st;

namespace tarn::crypto {

struct FreeDigestContext
{
    void operator()(evp_md_ctx_st* context) const;
};
using DigestContext = std::unique_ptr<evp_md_ctx_st, FreeDigestContext>;

/// A started context of its own.
DigestContext newSha256Context();
/// This thread's context, started anew. Finish with it before anything else asks for it.
evp_md_ctx_st* restartThreadContext();
void updateDigest(evp_md_ctx_st* context, ByteView bytes);
Hash256 finishDigest(evp_md_ctx_st* context);
/// SHA-256 in one go on this thread's context.
Hash256 digestOf(ByteView bytes);

} // namespace tarn::crypto
