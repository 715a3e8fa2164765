// Three of five shares of a 2-of-5 mutable file are not what they should be, in one field or
// section after the other: the newest version comes out all the same, the check says which are
// bad, their servers are told, and nobody takes memory or time because a share says so. When all
// five are bad, it comes out right or not at all.
#include "core/base/log.h"
#include "core/share/mutable_shape.h"
#include "tests/client-gateway/mutable_bench.h"
#include "tests/support/memory_peak.h"

#include <QtTest/QTest>

#include <functional>
#include <limits>
#include <set>

using namespace tarn;
using namespace tarn::gateway;
using cap::MutableFormat;
using share::MutableLayout;

namespace {

constexpr std::uint32_t kTotal = 5;
constexpr std::uint32_t kBad = 3;
constexpr std::size_t kMostMemory = 32'000'000; ///< that the process grows by
constexpr Duration kMostTime = std::chrono::minutes(2);

crypto::RsaKey keyOf(std::size_t number)
{
    static const std::vector<crypto::RsaKey> keys = [] {
        std::vector<crypto::RsaKey> made;
        made.push_back(*crypto::RsaKey::generateBlocking());
        made.push_back(*crypto::RsaKey::generateBlocking());
        return made;
    }();
    return *crypto::RsaKey::fromDer(keys[number].der());
}

enum class Noticed { Bad, Old, No };

/// A bench with a file in its second version, whose shares are spoilt and restored.
struct Rig
{
    using Spoil = std::function<void(Bytes& share, std::uint32_t number)>;

    explicit Rig(MutableFormat format) : bench(kTotal, test::encodingOf(2, kTotal))
    {
        const std::size_t size = format == MutableFormat::Sdmf ? 3000 : 2 * 131'072 + 500;
        plain = test::plaintext(size, 2);
        strangers = sharesOf(make(format, 1, plain));
        cap = make(format, 0, test::plaintext(size, 1));
        old = sharesOf(cap);
        TARN_ASSERT(bench.overwrite(cap, plain).has_value());
        good = sharesOf(cap);
        for (std::uint32_t number = 0; number < kTotal; ++number)
            stored.push_back(bench.share(cap, number));
        layout = *share::parseMutableLayout(good.front());
    }

    cap::MutableWriteCap make(MutableFormat format, std::size_t key, const Bytes& contents)
    {
        test::BytesSource source(contents);
        MutableCreation how;
        how.format = format;
        how.key = keyOf(key);
        return *bench.wait(bench.files().create(source, std::move(how)));
    }
    std::vector<Bytes> sharesOf(const cap::MutableWriteCap& file)
    {
        std::vector<Bytes> out;
        for (std::uint32_t number = 0; number < kTotal; ++number)
            out.push_back(*bench.share(file, number));
        return out;
    }

    void spoil(std::uint32_t count, const Spoil& how)
    {
        for (std::uint32_t number = 0; number < kTotal; ++number) {
            *stored[number] = good[number];
            if (number < count) how(*stored[number], number);
        }
    }

    /// \return what is wrong.
    std::string meet(const Spoil& how, Noticed noticed = Noticed::Bad)
    {
        spoil(kBad, how);
        const std::size_t advised = bench.advisoryCount();
        const test::MemoryPeak memory;
        const TimePoint begun = bench.clock.now();
        const std::string read = wrongInRead(true);
        if (!read.empty()) return read;
        const std::string checked = wrongInCheck(noticed);
        if (!checked.empty()) return checked;
        if (noticed == Noticed::Bad && bench.advisoryCount() == advised &&
            !bench.check(cap, true).corruptShares.empty())
            return "no server was told";
        spoil(kTotal, how);
        const std::string all = wrongInRead(false);
        if (!all.empty()) return "all bad: " + all;
        if (memory.growth() > kMostMemory)
            return "grew by " + std::to_string(memory.growth()) + " bytes";
        return bench.clock.now() - begun < 6 * kMostTime ? "" : "took long";
    }

    /// The same, when the newest version may be lost.
    std::string endure(const Spoil& how)
    {
        for (const std::uint32_t count : {kBad, kTotal}) {
            spoil(count, how);
            const std::string read = wrongInRead(false);
            if (!read.empty()) return read;
            if (!bench.run(bench.files().check(cap, CheckOptions()), kMostTime))
                return "the check did not end";
        }
        return {};
    }

    std::string wrongInRead(bool mustWork)
    {
        const auto back = bench.run(bench.files().read(cap::readCapOf(cap), 1U << 30U), kMostTime);
        if (!back) return "the read did not end";
        if (!*back) return mustWork ? back->error().text() : "";
        const bool right = (*back)->data == plain && (*back)->sequence >= 2;
        const bool older =
            (*back)->sequence == 1 && (*back)->data == test::plaintext(plain.size(), 1);
        return right || (older && !mustWork) ? "" : "other bytes";
    }
    std::string wrongInCheck(Noticed noticed)
    {
        CheckOptions verify;
        verify.verify = true;
        const auto checked = bench.run(bench.files().check(cap, verify), kMostTime);
        if (!checked || !*checked) return "the check failed";
        const CheckResult& result = **checked;
        if (!result.recoverable) return "not recoverable: " + result.summary;
        const std::size_t bad = result.corruptShares.size() + result.incompatibleShares.size();
        const std::size_t expected = noticed == Noticed::Bad ? kBad : 0;
        if (bad != expected) return std::to_string(bad) + " shares called bad";
        if (result.wrongShares != (noticed == Noticed::Old ? kBad : 0))
            return std::to_string(result.wrongShares) + " shares called old";
        return result.sharesGood == (noticed == Noticed::No ? kTotal : kTotal - kBad)
                   ? ""
                   : std::to_string(result.sharesGood) + " shares called good";
    }

    test::MutableBench bench;
    Bytes plain;
    cap::MutableWriteCap cap;
    std::vector<Bytes> good, old, strangers; ///< by number; of the first version, of another file
    std::vector<Bytes*> stored;
    MutableLayout layout;
};

struct Field
{
    const char* name;
    std::size_t at;
    std::size_t size;
};

const std::vector<Field>& fieldsOf(MutableFormat format)
{
    static const std::vector<Field> sdmf = {
        {"version", 0, 1},         {"sequence", 1, 8},     {"root hash", 9, 32},
        {"salt", 41, 16},          {"k", 57, 1},           {"N", 58, 1},
        {"segment size", 59, 8},   {"data length", 67, 8}, {"at signature", 75, 4},
        {"at chain", 79, 4},       {"at tree", 83, 4},     {"at data", 87, 4},
        {"at private key", 91, 8}, {"end", 99, 8}};
    static const std::vector<Field> mdmf = {{"version", 0, 1},      {"sequence", 1, 8},
                                            {"root hash", 9, 32},   {"k", 41, 1},
                                            {"N", 42, 1},           {"segment size", 43, 8},
                                            {"data length", 51, 8}, {"at private key", 59, 8},
                                            {"at chain", 67, 8},    {"at signature", 75, 8},
                                            {"at key", 83, 8},      {"key end", 91, 8},
                                            {"at data", 99, 8},     {"at tree", 107, 8},
                                            {"end", 115, 8}};
    return format == MutableFormat::Sdmf ? sdmf : mdmf;
}

std::uint64_t numberAt(ByteView share, const Field& field)
{
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < field.size; ++i)
        value = value << 8U | std::to_integer<std::uint64_t>(share[field.at + i]);
    return value;
}

void putNumber(Bytes& share, const Field& field, std::uint64_t value)
{
    for (std::size_t i = 0; i < field.size; ++i)
        share[field.at + field.size - 1 - i] = static_cast<std::byte>(value >> (8 * i));
}

/// What a liar would write in place of `value`.
std::set<std::uint64_t> wildValues(std::uint64_t value, std::size_t size, std::uint64_t shareSize)
{
    const std::uint64_t most =
        size == 8 ? std::numeric_limits<std::uint64_t>::max() : (std::uint64_t{1} << 8 * size) - 1;
    std::set<std::uint64_t> values;
    for (const std::uint64_t wild :
         {std::uint64_t{0}, std::uint64_t{1}, value - 1, value + 1, value + 32, value - 34,
          shareSize - 1, shareSize, most, most - 1, most / 2, most / 2 + 1, std::uint64_t{1} << 28U,
          std::uint64_t{1} << 40U, std::uint64_t{1} << 59U})
        values.insert(wild & most);
    values.erase(value);
    return values;
}

struct Section
{
    const char* name;
    ByteRange range;
};

std::vector<Section> sectionsOf(const MutableLayout& layout)
{
    const share::MutableSections& at = layout.sections;
    return {{"public key", at.publicKey}, {"signature", at.signature},
            {"chain", at.shareHashChain}, {"tree", at.blockHashTree},
            {"data", at.shareData},       {"private key", at.encryptedPrivateKey}};
}

bool looksRight(ByteView share)
{
    const auto layout = share::parseMutableLayout(share);
    if (!layout) return false;
    const auto shape = share::MutableShape::of(layout->header);
    return shape && shape->checkSections(layout->sections);
}

void formats(const std::function<void(MutableFormat, const char*)>& each)
{
    each(MutableFormat::Sdmf, "SDMF");
    each(MutableFormat::Mdmf, "MDMF");
}

} // namespace

class TestHostileMutable final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void initTestCase() { log::configure(log::Level::Error, log::Format::Text); }

    void fields_data()
    {
        QTest::addColumn<int>("format");
        QTest::addColumn<int>("number");
        formats([](MutableFormat format, const char* name) {
            int number = 0;
            for (const Field& field : fieldsOf(format))
                QTest::addRow("%s %s", name, field.name) << static_cast<int>(format) << number++;
        });
    }
    void fields()
    {
        QFETCH(int, format);
        QFETCH(int, number);
        Rig rig(static_cast<MutableFormat>(format));
        const Field field =
            fieldsOf(static_cast<MutableFormat>(format))[static_cast<std::size_t>(number)];
        if (field.size > 8) {
            for (const std::size_t at : {field.at, field.at + field.size - 1}) {
                const std::string wrong =
                    rig.meet([at](Bytes& share, std::uint32_t) { share[at] ^= std::byte{1}; });
                QVERIFY2(wrong.empty(), wrong.c_str());
            }
            return;
        }
        const std::uint64_t value = numberAt(rig.good.front(), field);
        for (const std::uint64_t wild : wildValues(value, field.size, rig.good.front().size())) {
            const std::string wrong =
                rig.meet([&](Bytes& share, std::uint32_t) { putNumber(share, field, wild); });
            QVERIFY2(wrong.empty(), (std::to_string(wild) + ": " + wrong).c_str());
        }
    }

    void sections_data() { formatsAndSections(); }
    void sections()
    {
        QFETCH(int, format);
        QFETCH(int, section);
        Rig rig(static_cast<MutableFormat>(format));
        const ByteRange range = sectionsOf(rig.layout)[static_cast<std::size_t>(section)].range;
        for (const std::uint64_t at :
             {range.begin, range.begin + range.size() / 2, range.end - 1}) {
            const std::string wrong = rig.meet([at](Bytes& share, std::uint32_t) {
                share[static_cast<std::size_t>(at)] ^= std::byte{0x20};
            });
            QVERIFY2(wrong.empty(), (std::to_string(at) + ": " + wrong).c_str());
        }
        // From another share of the same file.
        const auto part = [range](const Bytes& share) {
            return ByteView(share).subspan(static_cast<std::size_t>(range.begin),
                                           static_cast<std::size_t>(range.size()));
        };
        const bool equalInAll = equal(part(rig.good[0]), part(rig.good[1]));
        const std::string wrong = rig.meet(
            [&](Bytes& share, std::uint32_t number) {
                const ByteView other = part(rig.good[(number + 1) % kTotal]);
                std::copy(other.begin(), other.end(),
                          share.begin() + static_cast<std::ptrdiff_t>(range.begin));
            },
            equalInAll ? Noticed::No : Noticed::Bad);
        QVERIFY2(wrong.empty(), ("from another share: " + wrong).c_str());
    }
    void ends_data() { formatsAndSections(); }
    void ends()
    {
        QFETCH(int, format);
        QFETCH(int, section);
        Rig rig(static_cast<MutableFormat>(format));
        const ByteRange range = sectionsOf(rig.layout)[static_cast<std::size_t>(section)].range;
        for (const std::uint64_t end :
             {range.begin, range.begin + range.size() / 2, range.end - 1}) {
            const std::string wrong = rig.meet([end](Bytes& share, std::uint32_t) {
                share.resize(static_cast<std::size_t>(end));
            });
            QVERIFY2(wrong.empty(), (std::to_string(end) + ": " + wrong).c_str());
        }
    }

    void wholeShares_data()
    {
        QTest::addColumn<int>("format");
        formats([](MutableFormat format, const char* name) {
            QTest::addRow("%s", name) << static_cast<int>(format);
        });
    }
    void wholeShares()
    {
        QFETCH(int, format);
        Rig rig(static_cast<MutableFormat>(format));
        const auto row = [&rig](const char* name, Noticed noticed, const Rig::Spoil& spoil) {
            const std::string wrong = rig.meet(spoil, noticed);
            return wrong.empty() ? std::string() : std::string(name) + ": " + wrong + "; ";
        };
        std::string wrong;
        wrong += row("of another number", Noticed::Bad, [&](Bytes& share, std::uint32_t number) {
            share = rig.good[(number + 1) % kTotal];
        });
        wrong += row("of another file", Noticed::Bad,
                     [&](Bytes& share, std::uint32_t number) { share = rig.strangers[number]; });
        wrong += row("of the old version", Noticed::Old,
                     [&](Bytes& share, std::uint32_t number) { share = rig.old[number]; });
        wrong += row("old under a new head", Noticed::Bad, [&](Bytes& share, std::uint32_t number) {
            const std::size_t head = share::mutableHeadSize(rig.layout.header.format);
            const Bytes fresh = share;
            share = rig.old[number];
            std::copy_n(fresh.begin(), head, share.begin());
        });
        wrong += row("too long", Noticed::No, [](Bytes& share, std::uint32_t) {
            share.resize(share.size() + 5000, std::byte{7});
        });
        wrong += row("nothing", Noticed::Bad, [](Bytes& share, std::uint32_t) { share.clear(); });
        wrong += row("a byte", Noticed::Bad, [](Bytes& share, std::uint32_t) { share.resize(1); });
        wrong += row("zeros", Noticed::Bad, [](Bytes& share, std::uint32_t) {
            std::fill(share.begin(), share.end(), std::byte{0});
        });
        QVERIFY2(wrong.empty(), wrong.c_str());
        // What was bad is replaced where it is.
        rig.spoil(kBad, [&](Bytes& share, std::uint32_t number) {
            if (number == 0) share.clear();
            if (number == 1) share = rig.strangers[number];
            if (number == 2) share[share.size() / 2] ^= std::byte{1};
        });
        const RepairResult repaired = rig.bench.repair(rig.cap);
        QVERIFY2(repaired.successful, repaired.failure.c_str());
        QVERIFY2(repaired.after.healthy, repaired.after.summary.c_str());
    }

    /// By somebody who holds the write key.
    void signedNonsense_data() { wholeShares_data(); }
    void signedNonsense()
    {
        QFETCH(int, format);
        Rig rig(static_cast<MutableFormat>(format));
        const crypto::RsaKey key = keyOf(0);
        for (const Field& field : fieldsOf(static_cast<MutableFormat>(format))) {
            const std::string name = field.name;
            if (name != "k" && name != "N" && name != "segment size" && name != "data length")
                continue;
            const std::uint64_t value = numberAt(rig.good.front(), field);
            for (const std::uint64_t wild : wildValues(value, field.size, 1000)) {
                if (name == "data length" && wild + 1 == value) continue; // a version like others
                const Rig::Spoil spoil = [&](Bytes& share, std::uint32_t) {
                    putNumber(share, field, wild);
                    putNumber(share, Field{"sequence", 1, 8}, 3);
                    const std::size_t size =
                        rig.layout.header.format == MutableFormat::Sdmf ? 75 : 59;
                    const Bytes signature = *key.sign(ByteView(share).first(size));
                    std::copy(signature.begin(), signature.end(),
                              share.begin() +
                                  static_cast<std::ptrdiff_t>(rig.layout.sections.signature.begin));
                };
                Bytes example = rig.good.front();
                spoil(example, 0);
                // What looks like a newer version is found out when it is read.
                const std::string wrong = looksRight(example) ? rig.endure(spoil) : rig.meet(spoil);
                QVERIFY2(wrong.empty(), (name + " " + std::to_string(wild) + ": " + wrong).c_str());
            }
        }
    }

private:
    static void formatsAndSections()
    {
        QTest::addColumn<int>("format");
        QTest::addColumn<int>("section");
        formats([](MutableFormat format, const char* name) {
            const std::vector<Section> all = sectionsOf(MutableLayout());
            for (std::size_t i = 0; i < all.size(); ++i)
                QTest::addRow("%s %s", name, all[i].name)
                    << static_cast<int>(format) << static_cast<int>(i);
        });
    }
};

QTEST_GUILESS_MAIN(TestHostileMutable)
#include "test_hostile_mutable.moc"
