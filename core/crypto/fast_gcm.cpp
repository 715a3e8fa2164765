#include "core/crypto/fast_gcm.h"

#include "core/base/bytes.h"
#include "core/base/check.h"
#include "core/crypto/aes_wide.h"

#include <intel-ipsec-mb.h>
#include <openssl/core_dispatch.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/provider.h>

#include <algorithm>
#include <array>
#include <memory>

namespace tarn::crypto {

namespace {

constexpr std::size_t kKeySize = 16;
constexpr std::size_t kNonceSize = 12;
constexpr std::size_t kTagSize = 16;
constexpr const char* kProvider = "tarn";
constexpr const char* kProperties = "provider=tarn";
constexpr const char* kQuery = "?provider=tarn";

/// Only its function pointers are used, which change nothing in it: for all threads.
IMB_MGR& manager()
{
    static IMB_MGR* const made = [] {
        IMB_MGR* fresh = alloc_mb_mgr(0);
        TARN_ASSERT(fresh != nullptr);
        init_mb_mgr_avx512(fresh);
        return fresh;
    }();
    return *made;
}

/// One key, and the message under way: a nonce, then data to be authenticated only, then text.
class GcmCipher
{
public:
    GcmCipher() = default;
    ~GcmCipher()
    {
        OPENSSL_cleanse(&m_key, sizeof m_key);
        OPENSSL_cleanse(&m_text, sizeof m_text);
    }
    GcmCipher(const GcmCipher&) = default;
    GcmCipher& operator=(const GcmCipher&) = delete;

    /// What is null stays as it was. A nonce begins a message.
    bool begin(bool encrypts, const unsigned char* key, std::size_t keySize,
               const unsigned char* nonce, std::size_t nonceSize)
    {
        m_encrypts = encrypts;
        if (key != nullptr) {
            if (keySize != kKeySize) return false;
            IMB_AES128_GCM_PRE(&manager(), key, &m_key);
            m_hasKey = true;
        }
        if (nonce != nullptr) {
            if (nonceSize != kNonceSize) return false;
            std::copy_n(nonce, kNonceSize, m_nonce.begin());
            m_stage = Stage::Associated;
            m_associatedSize = 0;
        }
        return true;
    }

    /// Associated data are short: a record's header.
    bool associate(const unsigned char* data, std::size_t size)
    {
        if (m_stage != Stage::Associated || size > m_associated.size() - m_associatedSize)
            return false;
        std::copy_n(data, size, m_associated.data() + m_associatedSize);
        m_associatedSize += size;
        return true;
    }

    bool update(const unsigned char* in, std::size_t size, unsigned char* out)
    {
        if (!startText()) return false;
        if (m_encrypts) {
            IMB_AES128_GCM_ENC_UPDATE(&manager(), &m_key, &m_text, out, in, size);
        } else {
            IMB_AES128_GCM_DEC_UPDATE(&manager(), &m_key, &m_text, out, in, size);
        }
        return true;
    }

    /// Makes the tag, or compares with the one that was set.
    bool finish()
    {
        if (!startText()) return false;
        m_stage = Stage::Idle;
        if (m_encrypts) {
            IMB_AES128_GCM_ENC_FINALIZE(&manager(), &m_key, &m_text, m_tag.data(), kTagSize);
            m_hasTag = true;
            return true;
        }
        std::array<unsigned char, kTagSize> right{};
        IMB_AES128_GCM_DEC_FINALIZE(&manager(), &m_key, &m_text, right.data(), kTagSize);
        const bool expected = std::exchange(m_hasTag, false);
        return expected && CRYPTO_memcmp(right.data(), m_tag.data(), kTagSize) == 0;
    }

    bool setTag(const void* tag, std::size_t size)
    {
        if (m_encrypts || size != kTagSize) return false;
        if (tag == nullptr) return true; // its size alone
        std::copy_n(static_cast<const unsigned char*>(tag), kTagSize, m_tag.begin());
        m_hasTag = true;
        return true;
    }

    const std::array<unsigned char, kTagSize>* tag() const
    {
        return m_encrypts && m_hasTag ? &m_tag : nullptr;
    }

private:
    enum class Stage { Idle, Associated, Text };

    bool startText()
    {
        if (m_stage == Stage::Text) return true;
        if (m_stage != Stage::Associated || !m_hasKey) return false;
        IMB_AES128_GCM_INIT(&manager(), &m_key, &m_text, m_nonce.data(), m_associated.data(),
                            m_associatedSize);
        m_stage = Stage::Text;
        return true;
    }

    gcm_key_data m_key;
    gcm_context_data m_text;
    std::array<unsigned char, kNonceSize> m_nonce{};
    std::array<unsigned char, 32> m_associated{};
    std::array<unsigned char, kTagSize> m_tag{};
    std::size_t m_associatedSize = 0;
    Stage m_stage = Stage::Idle;
    bool m_encrypts = true;
    bool m_hasKey = false;
    bool m_hasTag = false;
};

// --- what OpenSSL calls (provider-cipher(7)); 1 is success ---

GcmCipher& cipherOf(void* context)
{
    return *static_cast<GcmCipher*>(context);
}

void* newContext(void* /*provider*/)
{
    return new (std::nothrow) GcmCipher;
}

void* copyContext(void* context)
{
    return new (std::nothrow) GcmCipher(cipherOf(context));
}

void freeContext(void* context)
{
    delete static_cast<GcmCipher*>(context);
}

int setContextParameters(void* context, const OSSL_PARAM* parameters)
{
    if (const OSSL_PARAM* tag = OSSL_PARAM_locate_const(parameters, OSSL_CIPHER_PARAM_AEAD_TAG)) {
        if (tag->data_type != OSSL_PARAM_OCTET_STRING) return 0;
        if (!cipherOf(context).setTag(tag->data, tag->data_size)) return 0;
    }
    if (const OSSL_PARAM* nonce = OSSL_PARAM_locate_const(parameters, OSSL_CIPHER_PARAM_IVLEN)) {
        std::size_t size = 0;
        if (OSSL_PARAM_get_size_t(nonce, &size) != 1 || size != kNonceSize) return 0;
    }
    return 1;
}

int initialise(void* context, bool encrypts, const unsigned char* key, std::size_t keySize,
               const unsigned char* nonce, std::size_t nonceSize, const OSSL_PARAM* parameters)
{
    if (!cipherOf(context).begin(encrypts, key, keySize, nonce, nonceSize)) return 0;
    return parameters == nullptr ? 1 : setContextParameters(context, parameters);
}

int encryptInit(void* context, const unsigned char* key, std::size_t keySize,
                const unsigned char* nonce, std::size_t nonceSize, const OSSL_PARAM* parameters)
{
    return initialise(context, true, key, keySize, nonce, nonceSize, parameters);
}

int decryptInit(void* context, const unsigned char* key, std::size_t keySize,
                const unsigned char* nonce, std::size_t nonceSize, const OSSL_PARAM* parameters)
{
    return initialise(context, false, key, keySize, nonce, nonceSize, parameters);
}

int update(void* context, unsigned char* out, std::size_t* written, std::size_t room,
           const unsigned char* in, std::size_t size)
{
    *written = 0;
    if (size == 0) return 1;
    if (out == nullptr) {
        *written = size;
        return cipherOf(context).associate(in, size) ? 1 : 0;
    }
    if (room < size || !cipherOf(context).update(in, size, out)) return 0;
    *written = size;
    return 1;
}

int finish(void* context, unsigned char* /*out*/, std::size_t* written, std::size_t /*room*/)
{
    *written = 0;
    return cipherOf(context).finish() ? 1 : 0;
}

bool answer(OSSL_PARAM* parameters, const char* name, std::size_t value)
{
    OSSL_PARAM* asked = OSSL_PARAM_locate(parameters, name);
    return asked == nullptr || OSSL_PARAM_set_size_t(asked, value) == 1;
}

bool answerYes(OSSL_PARAM* parameters, const char* name)
{
    OSSL_PARAM* asked = OSSL_PARAM_locate(parameters, name);
    return asked == nullptr || OSSL_PARAM_set_int(asked, 1) == 1;
}

int getParameters(OSSL_PARAM* parameters)
{
    OSSL_PARAM* mode = OSSL_PARAM_locate(parameters, OSSL_CIPHER_PARAM_MODE);
    const bool done = (mode == nullptr || OSSL_PARAM_set_uint(mode, EVP_CIPH_GCM_MODE) == 1) &&
                      answer(parameters, OSSL_CIPHER_PARAM_KEYLEN, kKeySize) &&
                      answer(parameters, OSSL_CIPHER_PARAM_BLOCK_SIZE, 1) &&
                      answer(parameters, OSSL_CIPHER_PARAM_IVLEN, kNonceSize) &&
                      answerYes(parameters, OSSL_CIPHER_PARAM_AEAD) &&
                      answerYes(parameters, OSSL_CIPHER_PARAM_CUSTOM_IV);
    return done ? 1 : 0;
}

int getContextParameters(void* context, OSSL_PARAM* parameters)
{
    if (OSSL_PARAM* asked = OSSL_PARAM_locate(parameters, OSSL_CIPHER_PARAM_AEAD_TAG)) {
        const auto* tag = cipherOf(context).tag();
        if (tag == nullptr || asked->data_size != kTagSize ||
            OSSL_PARAM_set_octet_string(asked, tag->data(), kTagSize) != 1)
            return 0;
    }
    const bool done = answer(parameters, OSSL_CIPHER_PARAM_KEYLEN, kKeySize) &&
                      answer(parameters, OSSL_CIPHER_PARAM_IVLEN, kNonceSize) &&
                      answer(parameters, OSSL_CIPHER_PARAM_AEAD_TAGLEN, kTagSize);
    return done ? 1 : 0;
}

template <class Function>
OSSL_DISPATCH entry(int number, Function* function)
{
    return {number, reinterpret_cast<void (*)()>(function)};
}

const OSSL_ALGORITHM* queryOperation(void* /*provider*/, int operation, int* mayBeStored)
{
    static const std::array<OSSL_DISPATCH, 11> functions{
        entry(OSSL_FUNC_CIPHER_NEWCTX, newContext),
        entry(OSSL_FUNC_CIPHER_DUPCTX, copyContext),
        entry(OSSL_FUNC_CIPHER_FREECTX, freeContext),
        entry(OSSL_FUNC_CIPHER_ENCRYPT_INIT, encryptInit),
        entry(OSSL_FUNC_CIPHER_DECRYPT_INIT, decryptInit),
        entry(OSSL_FUNC_CIPHER_UPDATE, update),
        entry(OSSL_FUNC_CIPHER_FINAL, finish),
        entry(OSSL_FUNC_CIPHER_GET_PARAMS, getParameters),
        entry(OSSL_FUNC_CIPHER_GET_CTX_PARAMS, getContextParameters),
        entry(OSSL_FUNC_CIPHER_SET_CTX_PARAMS, setContextParameters),
        {0, nullptr}};
    static const std::array<OSSL_ALGORITHM, 2> ciphers{
        OSSL_ALGORITHM{"AES-128-GCM:id-aes128-GCM:2.16.840.1.101.3.4.1.6", kProperties,
                       functions.data(), nullptr},
        OSSL_ALGORITHM{}};
    *mayBeStored = 0;
    return operation == OSSL_OP_CIPHER ? ciphers.data() : nullptr;
}

int startProvider(const OSSL_CORE_HANDLE* handle, const OSSL_DISPATCH* /*core*/,
                  const OSSL_DISPATCH** functions, void** context)
{
    static const std::array<OSSL_DISPATCH, 2> offered{
        entry(OSSL_FUNC_PROVIDER_QUERY_OPERATION, queryOperation), OSSL_DISPATCH{0, nullptr}};
    *functions = offered.data();
    *context = const_cast<OSSL_CORE_HANDLE*>(handle); // OpenSSL only hands it back
    return 1;
}

// --- whether it is right ---

struct Free
{
    void operator()(EVP_CIPHER* p) const { EVP_CIPHER_free(p); }
    void operator()(EVP_CIPHER_CTX* p) const { EVP_CIPHER_CTX_free(p); }
};

/// Ciphertext and tag of the first `size` bytes of a pattern, by whoever the query finds.
Bytes sample(const char* query, std::size_t size)
{
    const std::unique_ptr<EVP_CIPHER, Free> cipher(EVP_CIPHER_fetch(nullptr, "AES-128-GCM", query));
    const std::unique_ptr<EVP_CIPHER_CTX, Free> context(EVP_CIPHER_CTX_new());
    if (!cipher || !context) return {};
    std::array<unsigned char, 16> key{};
    for (std::size_t i = 0; i < key.size(); ++i)
        key[i] = static_cast<unsigned char>(17 * i + size);
    Bytes text(size + kTagSize);
    for (std::size_t i = 0; i < size; ++i)
        text[i] = static_cast<std::byte>(i * i / 7);
    auto* const data = reinterpret_cast<unsigned char*>(text.data());
    int written = 0;
    const bool done =
        EVP_EncryptInit_ex2(context.get(), cipher.get(), key.data(), key.data(), nullptr) == 1 &&
        EVP_EncryptUpdate(context.get(), nullptr, &written, key.data(), 5) == 1 &&
        EVP_EncryptUpdate(context.get(), data, &written, data, static_cast<int>(size)) == 1 &&
        EVP_EncryptFinal_ex(context.get(), data + size, &written) == 1 &&
        EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_GET_TAG, kTagSize, data + size) == 1;
    return done ? std::move(text) : Bytes();
}

bool isRight()
{
    constexpr std::array<std::size_t, 8> kSizes{1, 16, 255, 256, 767, 1000, 16384, 70001};
    return std::all_of(kSizes.begin(), kSizes.end(), [](std::size_t size) {
        const Bytes ours = sample(kProperties, size);
        return !ours.empty() && equal(ours, sample("provider=default", size));
    });
}

/// Null: not for this CPU.
OSSL_PROVIDER* offer()
{
    if (!AesWide::runs() || OSSL_PROVIDER_add_builtin(nullptr, kProvider, startProvider) != 1)
        return nullptr;
    return OSSL_PROVIDER_try_load(nullptr, kProvider, 1); // OpenSSL's own stay as they are
}

} // namespace

const char* fastGcmQuery()
{
    static OSSL_PROVIDER* const provider = offer(); // until the process ends
    static const bool right = provider != nullptr && isRight();
    return right ? kQuery : nullptr;
}

} // namespace tarn::crypto
