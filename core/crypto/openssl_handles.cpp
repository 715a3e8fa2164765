#include "core/crypto/openssl_handles.h"

#include "core/base/check.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <array>
#include <limits>

namespace tarn::crypto {

namespace {

/// Instead of OpenSSL's own, which asks on the terminal.
int refusePassphrase(char* /*buffer*/, int /*size*/, int /*writing*/, void* /*context*/)
{
    return -1;
}

} // namespace

void FreeOpenSsl::operator()(bio_st* bio) const
{
    BIO_free_all(bio);
}

void FreeOpenSsl::operator()(evp_pkey_st* key) const
{
    EVP_PKEY_free(key);
}

void FreeOpenSsl::operator()(x509_st* certificate) const
{
    X509_free(certificate);
}

Error openSslError(ErrorCode code, std::string_view what)
{
    const unsigned long last = ERR_peek_last_error();
    ERR_clear_error();
    const char* const reason = last == 0 ? nullptr : ERR_reason_error_string(last);
    return Error(code, std::string(what) + ": " + (reason == nullptr ? "refused" : reason));
}

BioHandle readingBio(ByteView bytes)
{
    TARN_ASSERT(bytes.size() <= static_cast<std::size_t>(std::numeric_limits<int>::max()));
    // Null, which an empty view may have, is refused.
    const void* const data = bytes.empty() ? "" : static_cast<const void*>(bytes.data());
    BioHandle bio(BIO_new_mem_buf(data, static_cast<int>(bytes.size())));
    TARN_ASSERT(bio);
    return bio;
}

BioHandle writingBio()
{
    BioHandle bio(BIO_new(BIO_s_mem()));
    TARN_ASSERT(bio);
    return bio;
}

ByteView writtenTo(const BioHandle& bio)
{
    char* data = nullptr;
    const long size = BIO_get_mem_data(bio.get(), &data);
    return asBytes(std::string_view(data, static_cast<std::size_t>(size)));
}

Result<KeyHandle> privateKeyFromPem(std::string_view pem)
{
    const BioHandle bio = readingBio(asBytes(pem));
    KeyHandle key(PEM_read_bio_PrivateKey(bio.get(), nullptr, refusePassphrase, nullptr));
    if (!key) return openSslError(ErrorCode::InvalidInput, "private key in PEM");
    return key;
}

Secret pemOfPrivateKey(const KeyHandle& key)
{
    const BioHandle bio = writingBio();
    TARN_ASSERT(PEM_write_bio_PKCS8PrivateKey(bio.get(), key.get(), nullptr, nullptr, 0, nullptr,
                                              nullptr) == 1);
    return Secret(writtenTo(bio));
}

Result<CertificateHandle> certificateFromPem(std::string_view pem)
{
    const BioHandle bio = readingBio(asBytes(pem));
    CertificateHandle certificate(PEM_read_bio_X509(bio.get(), nullptr, refusePassphrase, nullptr));
    if (!certificate) return openSslError(ErrorCode::InvalidInput, "certificate in PEM");
    return certificate;
}

} // namespace tarn::crypto
