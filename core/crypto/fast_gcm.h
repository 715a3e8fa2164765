// fast_gcm: AES-128-GCM with 512-bit vectors for OpenSSL's own use (TLS records), through
// libipsec-mb: two to three times as fast as OpenSSL 3.0, which takes 128 bits at a time. Bytes
// are the same; the same algorithm is offered beside OpenSSL's, as a provider inside this process.
#pragma once

namespace tarn::crypto {

/// The property query that prefers it in OpenSSL's default library context, for SSL_CTX_new_ex()
/// and EVP_CIPHER_fetch(). Null: the CPU lacks the instructions, or the bytes would not be
/// OpenSSL's; whoever asks without a query gets the same cipher from OpenSSL. Any thread.
const char* fastGcmQuery();

} // namespace tarn::crypto
