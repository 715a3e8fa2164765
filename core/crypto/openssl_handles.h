// openssl_handles: owners of OpenSSL's objects, and its errors as ours. For this folder only.
#pragma once

#include "core/base/error.h"
#include "core/base/result.h"
#include "core/base/secret.h"

#include <memory>
#include <string>
#include <string_view>

struct bio_st;
struct evp_md_ctx_st;
struct evp_pkey_st;
struct x509_st;

namespace tarn::crypto {

struct FreeOpenSsl
{
    void operator()(bio_st* bio) const;
    void operator()(evp_pkey_st* key) const;
    void operator()(x509_st* certificate) const;
};

using BioHandle = std::unique_ptr<bio_st, FreeOpenSsl>;
using KeyHandle = std::unique_ptr<evp_pkey_st, FreeOpenSsl>;
using CertificateHandle = std::unique_ptr<x509_st, FreeOpenSsl>;

/// "what: reason of the last OpenSSL error"; empties its queue.
Error openSslError(ErrorCode code, std::string_view what);

/// A BIO that reads `bytes`, which must outlive it.
BioHandle readingBio(ByteView bytes);
BioHandle writingBio();
/// What was written, until the BIO goes.
ByteView writtenTo(const BioHandle& bio);

/// The first private key in the text, PKCS#8 or PKCS#1, unencrypted; never asks for a passphrase.
Result<KeyHandle> privateKeyFromPem(std::string_view pem);
/// PKCS#8, unencrypted.
Secret pemOfPrivateKey(const KeyHandle& key);
/// The first certificate in the text.
Result<CertificateHandle> certificateFromPem(std::string_view pem);

} // namespace tarn::crypto
