#include "core/crypto/fast_gcm.h"
#include "tests/support/property.h"

#include <openssl/evp.h>
#include <openssl/provider.h>

#include <QtTest/QTest>

#include <memory>
#include <optional>

using namespace tarn;

namespace {

struct Free
{
    void operator()(EVP_CIPHER* p) const { EVP_CIPHER_free(p); }
    void operator()(EVP_CIPHER_CTX* p) const { EVP_CIPHER_CTX_free(p); }
};
using Context = std::unique_ptr<EVP_CIPHER_CTX, Free>;
using Cipher = std::unique_ptr<EVP_CIPHER, Free>;

constexpr const char* kOurs = "provider=tarn";
constexpr const char* kTheirs = "provider=default";

struct Message
{
    Bytes key;
    Bytes nonce;
    Bytes associated;
    Bytes text;
};

unsigned char* raw(Bytes& bytes)
{
    return reinterpret_cast<unsigned char*>(bytes.data());
}
const unsigned char* raw(const Bytes& bytes)
{
    return reinterpret_cast<const unsigned char*>(bytes.data());
}
int length(const Bytes& bytes)
{
    return static_cast<int>(bytes.size());
}

Context start(const char* query, bool encrypts, const Message& message)
{
    const Cipher cipher(EVP_CIPHER_fetch(nullptr, "AES-128-GCM", query));
    Context context(EVP_CIPHER_CTX_new());
    // Key and nonce apart, as TLS sets them.
    const bool done =
        cipher &&
        EVP_CipherInit_ex2(context.get(), cipher.get(), raw(message.key), nullptr, encrypts ? 1 : 0,
                           nullptr) == 1 &&
        EVP_CipherInit_ex2(context.get(), nullptr, nullptr, raw(message.nonce), -1, nullptr) == 1;
    if (!done) return nullptr;
    int ignored = 0;
    const bool associated = message.associated.empty() ||
                            EVP_CipherUpdate(context.get(), nullptr, &ignored,
                                             raw(message.associated), length(message.associated));
    return associated ? std::move(context) : nullptr;
}

/// Ciphertext and tag; the text is handed over in two parts.
Bytes seal(const char* query, const Message& message, std::size_t firstPart)
{
    const Context context = start(query, true, message);
    if (!context) return {};
    Bytes out(message.text.size() + 16);
    const auto first = static_cast<int>(std::min(firstPart, message.text.size()));
    const int rest = length(message.text) - first;
    int written = 0;
    const bool done =
        EVP_CipherUpdate(context.get(), raw(out), &written, raw(message.text), first) == 1 &&
        EVP_CipherUpdate(context.get(), raw(out) + first, &written, raw(message.text) + first,
                         rest) == 1 &&
        EVP_CipherFinal_ex(context.get(), raw(out), &written) == 1 &&
        EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_GET_TAG, 16,
                            raw(out) + message.text.size()) == 1;
    return done ? out : Bytes();
}

/// The text of `sealed`, in place; nothing where the tag is wrong.
std::optional<Bytes> open(const char* query, const Message& message, Bytes sealed)
{
    const Context context = start(query, false, message);
    if (!context) return std::nullopt;
    const std::size_t size = sealed.size() - 16;
    int written = 0;
    const bool done =
        EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_SET_TAG, 16, raw(sealed) + size) == 1 &&
        EVP_CipherUpdate(context.get(), raw(sealed), &written, raw(sealed),
                         static_cast<int>(size)) == 1 &&
        EVP_CipherFinal_ex(context.get(), raw(sealed) + size, &written) == 1;
    if (!done) return std::nullopt;
    sealed.resize(size);
    return sealed;
}

Message randomMessage(test::SeededRandom& random)
{
    Message message;
    message.key = random.bytes(16);
    message.nonce = random.bytes(12);
    message.associated = random.bytesBetween(0, 32);
    message.text = random.bytesBetween(0, random.below(2) == 0 ? 2000 : 20'000);
    return message;
}

} // namespace

class TestFastGcm final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void initTestCase()
    {
        if (crypto::fastGcmQuery() == nullptr) QSKIP("this CPU lacks the instructions");
    }
    void isFoundWhereItIsPreferred()
    {
        const Cipher cipher(EVP_CIPHER_fetch(nullptr, "id-aes128-GCM", crypto::fastGcmQuery()));
        QVERIFY(cipher);
        QCOMPARE(OSSL_PROVIDER_get0_name(EVP_CIPHER_get0_provider(cipher.get())), "tarn");
        const Cipher other(EVP_CIPHER_fetch(nullptr, "AES-256-GCM", crypto::fastGcmQuery()));
        QVERIFY(other); // OpenSSL's own are all there
        QCOMPARE(EVP_CIPHER_get_key_length(cipher.get()), 16);
        QCOMPARE(EVP_CIPHER_get_iv_length(cipher.get()), 12);
        QCOMPARE(EVP_CIPHER_get_mode(cipher.get()), EVP_CIPH_GCM_MODE);
        QVERIFY((EVP_CIPHER_get_flags(cipher.get()) & EVP_CIPH_FLAG_AEAD_CIPHER) != 0);
    }
    void sealsAndOpensAsOpensslDoes()
    {
        QVERIFY(test::forAll(300, [](test::SeededRandom& random) {
            const Message message = randomMessage(random);
            const std::size_t first = random.below(message.text.size() + 1);
            const Bytes sealed = seal(kOurs, message, first);
            if (sealed.empty() || !equal(sealed, seal(kTheirs, message, first))) return false;
            const auto ours = open(kOurs, message, sealed);
            const auto theirs = open(kTheirs, message, sealed);
            return ours && theirs && equal(*ours, message.text) && equal(*theirs, message.text);
        }));
    }
    void anyChangedBitIsRefused()
    {
        QVERIFY(test::forAll(200, [](test::SeededRandom& random) {
            Message message = randomMessage(random);
            Bytes sealed = seal(kOurs, message, 0);
            Bytes& changed =
                message.associated.empty() || random.below(2) == 0 ? sealed : message.associated;
            changed[random.below(changed.size())] ^= static_cast<std::byte>(1 << random.below(8));
            return !open(kOurs, message, sealed);
        }));
    }
    void oneContextServesManyMessages()
    {
        test::SeededRandom random(3);
        Message message = randomMessage(random);
        const Context context = start(kOurs, true, message);
        for (int i = 0; i < 50; ++i) {
            message.nonce = random.bytes(12);
            message.text = random.bytesBetween(1, 20'000);
            Bytes out(message.text.size() + 16);
            int written = 0;
            QVERIFY(EVP_CipherInit_ex(context.get(), nullptr, nullptr, nullptr, raw(message.nonce),
                                      1) == 1);
            QVERIFY(message.associated.empty() ||
                    EVP_CipherUpdate(context.get(), nullptr, &written, raw(message.associated),
                                     length(message.associated)) == 1);
            QVERIFY(EVP_CipherUpdate(context.get(), raw(out), &written, raw(message.text),
                                     length(message.text)) == 1);
            QVERIFY(EVP_CipherFinal_ex(context.get(), raw(out), &written) == 1);
            QVERIFY(EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_GET_TAG, 16,
                                        raw(out) + message.text.size()) == 1);
            QVERIFY(equal(out, seal(kTheirs, message, 0)));
        }
    }
    void whatIsOutOfOrderIsRefused()
    {
        test::SeededRandom random(4);
        Message message = randomMessage(random);
        message.text = random.bytes(100);
        Bytes out(116);
        int written = 0;
        const Context finished = start(kOurs, true, message);
        QVERIFY(EVP_CipherFinal_ex(finished.get(), raw(out), &written) == 1);
        QVERIFY(EVP_CipherUpdate(finished.get(), raw(out), &written, raw(message.text), 100) != 1);
        const Context late = start(kOurs, true, message);
        QVERIFY(EVP_CipherUpdate(late.get(), raw(out), &written, raw(message.text), 100) == 1);
        QVERIFY(EVP_CipherUpdate(late.get(), nullptr, &written, raw(message.text), 5) != 1);
        const Context longNonce = start(kOurs, true, message);
        QVERIFY(EVP_CIPHER_CTX_ctrl(longNonce.get(), EVP_CTRL_AEAD_SET_IVLEN, 16, nullptr) != 1);
        const Context untagged = start(kOurs, false, message);
        QVERIFY(EVP_CipherFinal_ex(untagged.get(), raw(out), &written) != 1);
        message.associated = random.bytes(33);
        QVERIFY(!start(kOurs, true, message)); // more than TLS ever has
    }
};

QTEST_GUILESS_MAIN(TestFastGcm)
#include "test_fast_gcm.moc"
