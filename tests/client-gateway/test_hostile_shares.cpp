// Three of five shares of a 2-of-5 file are not what they should be, in one field or section
// after the other, in both layouts: the file comes out all the same, the check says which are bad,
// their servers are told, and nobody takes memory because a share says so.
#include "core/base/log.h"
#include "core/share/immutable_layout.h"
#include "tests/client-gateway/grid_bench.h"
#include "tests/support/memory_peak.h"

#include <QtTest/QTest>

#include <functional>
#include <limits>
#include <set>

using namespace tarn;
using namespace tarn::gateway;
using share::ImmutableLayout;
using share::ImmutableVersion;
using test::GridBench;

namespace {

constexpr std::uint32_t kTotal = 5;
constexpr std::uint32_t kBad = 3;
constexpr std::size_t kSize = 3000;
constexpr std::size_t kMostMemory = 32'000'000; ///< that the process grows by

/// The same share with the other header and length field.
Bytes inVersion2(ByteView old)
{
    ImmutableLayout layout = *share::parseImmutableLayout(old);
    const ImmutableLayout before = layout;
    layout.version = ImmutableVersion::V2;
    const std::uint64_t shift = layout.headerSize() - before.headerSize();
    for (std::uint64_t* offset :
         {&layout.data, &layout.plaintextHashTree, &layout.crypttextHashTree, &layout.blockHashes,
          &layout.shareHashes, &layout.uriExtension})
        *offset += shift;
    const ByteRange lengthField = before.uriExtensionLengthRange();
    const auto end = static_cast<std::size_t>(lengthField.end);
    Bytes out = share::encodeHeader(layout);
    append(out, old.subspan(before.headerSize(),
                            static_cast<std::size_t>(lengthField.begin) - before.headerSize()));
    append(out, share::encodeUriExtensionLength(layout, old.size() - end));
    append(out, old.subspan(end));
    return out;
}

/// A bench with one stored file, whose shares are spoilt and restored.
struct Rig
{
    explicit Rig(int version) : bench(kTotal, EncodingParameters{2, 1, kTotal, 700})
    {
        const Result<UploadResult> put = bench.put(plain);
        TARN_ASSERT(put.has_value());
        cap = put->readCap;
        const StorageIndex index = test::storageIndexOf(cap);
        for (std::uint32_t number = 0; number < kTotal; ++number) {
            for (const auto& one : bench.servers)
                if (Bytes* bytes = one->memory->shareBytes(index, ShareNumber{number}))
                    stored.push_back(bytes);
            Bytes& share = *stored.back();
            if (version == 2) share = inVersion2(share);
            good.push_back(share);
        }
        layout = *share::parseImmutableLayout(good.front());
    }

    using Spoil = std::function<void(Bytes& share, std::uint32_t number)>;

    /// \param noticed  the check must call the spoilt shares bad.  \return what is wrong.
    std::string meet(const Spoil& spoil, bool noticed = true)
    {
        for (std::uint32_t number = 0; number < kTotal; ++number) {
            *stored[number] = good[number];
            if (number < kBad) spoil(*stored[number], number);
        }
        const std::size_t advised = bench.advisoryCount();
        const test::MemoryPeak memory;
        const Result<Bytes> back = bench.get(cap);
        if (!back) return back.error().text();
        if (*back != plain) return "other bytes";
        CheckOptions verify;
        verify.verify = true;
        const auto checked = bench.run(bench.grid->check(cap, verify));
        bench.settle();
        if (!checked || !*checked) return "the check failed";
        if (memory.growth() > kMostMemory)
            return "grew by " + std::to_string(memory.growth()) + " bytes";
        const CheckResult& result = **checked;
        const std::size_t bad = result.corruptShares.size() + result.incompatibleShares.size() +
                                result.failedShares.size();
        if (!result.recoverable) return "not recoverable: " + result.summary;
        if (bad != (noticed ? kBad : 0)) return std::to_string(bad) + " shares called bad";
        if (!result.corruptShares.empty() && bench.advisoryCount() == advised)
            return "no server was told";
        return {};
    }

    /// Counted from the start of the share; `size` bytes, big-endian.
    static void write(Bytes& share, std::size_t at, std::size_t size, std::uint64_t value)
    {
        if (size == 4) {
            storeBig<std::uint32_t>(share, at, static_cast<std::uint32_t>(value));
        } else {
            storeBig<std::uint64_t>(share, at, value);
        }
    }
    std::uint64_t read(std::size_t at, std::size_t size) const
    {
        return size == 4 ? loadBig<std::uint32_t>(good.front(), at)
                         : loadBig<std::uint64_t>(good.front(), at);
    }

    GridBench bench;
    const Bytes plain = test::plaintext(kSize);
    std::string cap;
    std::vector<Bytes*> stored; ///< by number
    std::vector<Bytes> good;
    ImmutableLayout layout;
};

/// What a liar would write in place of `value`, in a field of `size` bytes.
std::set<std::uint64_t> wildValues(std::uint64_t value, std::size_t size, std::uint64_t shareSize)
{
    const std::uint64_t most = size == 4 ? std::numeric_limits<std::uint32_t>::max()
                                         : std::numeric_limits<std::uint64_t>::max();
    std::set<std::uint64_t> values{0,          1,          value - 1,     value + 1,
                                   value + 32, value - 34, shareSize - 1, shareSize,
                                   most,       most - 1,   most / 2,      most / 2 + 1};
    if (size == 8) values.insert({std::uint64_t{1} << 40U, std::uint64_t{1} << 59U});
    values.erase(value);
    return values;
}

struct Section
{
    const char* name;
    ByteRange range;
};

std::vector<Section> sectionsOf(const ImmutableLayout& layout, std::uint64_t size)
{
    return {{"data", {layout.data, layout.plaintextHashTree}},
            {"crypttext hashes", layout.crypttextTreeRange()},
            {"block hashes", layout.blockHashesRange()},
            {"share hashes", layout.shareHashesRange()},
            {"extension length", layout.uriExtensionLengthRange()},
            {"extension", {layout.uriExtensionLengthRange().end, size}}};
}

ByteView partOf(const Bytes& share, ByteRange range)
{
    return ByteView(share).subspan(static_cast<std::size_t>(range.begin),
                                   static_cast<std::size_t>(range.size()));
}

} // namespace

class TestHostileShares final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void initTestCase() { log::configure(log::Level::Error, log::Format::Text); }
    void headerFields_data()
    {
        QTest::addColumn<int>("version");
        QTest::addColumn<int>("field");
        QTest::addColumn<bool>("read");
        const char* names[] = {"block size",       "data size",        "data",
                               "plaintext hashes", "crypttext hashes", "block hashes",
                               "share hashes",     "extension"};
        for (const int version : {1, 2})
            for (int field = 0; field < 8; ++field)
                QTest::addRow("v%d %s", version, names[field])
                    << version << field << (field == 2 || field > 3);
    }
    void headerFields()
    {
        QFETCH(int, version);
        QFETCH(int, field);
        QFETCH(bool, read);
        Rig rig(version);
        const std::size_t size = version == 1 ? 4 : 8;
        const std::size_t at = 4 + static_cast<std::size_t>(field) * size;
        for (const std::uint64_t value : wildValues(rig.read(at, size), size, //
                                                    rig.good.front().size())) {
            // Of what nobody reads, only the order of the sections is looked at.
            if (!read && field == 3) continue;
            const std::string wrong = rig.meet(
                [&](Bytes& share, std::uint32_t) { Rig::write(share, at, size, value); }, read);
            QVERIFY2(wrong.empty(), (std::to_string(value) + ": " + wrong).c_str());
        }
    }
    void versions()
    {
        for (const int version : {1, 2}) {
            Rig rig(version);
            for (const std::uint32_t other : {0U, 1U, 2U, 3U, 0xffffffffU}) {
                if (other == static_cast<std::uint32_t>(version)) continue;
                const std::string wrong =
                    rig.meet([&](Bytes& share, std::uint32_t) { Rig::write(share, 0, 4, other); });
                QVERIFY2(wrong.empty(), (std::to_string(other) + ": " + wrong).c_str());
            }
        }
    }
    void extensionLengths()
    {
        for (const int version : {1, 2}) {
            Rig rig(version);
            const ByteRange field = rig.layout.uriExtensionLengthRange();
            const auto at = static_cast<std::size_t>(field.begin);
            const auto size = static_cast<std::size_t>(field.size());
            std::set<std::uint64_t> values =
                wildValues(rig.read(at, size), size, rig.good.front().size());
            values.insert({1999, 2000, 2001});
            for (const std::uint64_t value : values) {
                const std::string wrong = rig.meet(
                    [&](Bytes& share, std::uint32_t) { Rig::write(share, at, size, value); });
                QVERIFY2(wrong.empty(), (std::to_string(value) + ": " + wrong).c_str());
            }
        }
    }

    /// A bit at the beginning, in the middle and at the end of each.
    void sections_data() { versionsAndSections(); }
    void sections()
    {
        QFETCH(int, version);
        QFETCH(int, section);
        Rig rig(version);
        const std::uint64_t size = rig.good.front().size();
        const ByteRange range =
            sectionsOf(rig.layout, size)[static_cast<std::size_t>(section)].range;
        for (const std::uint64_t at :
             {range.begin, range.begin + range.size() / 2, range.end - 1}) {
            const std::string wrong = rig.meet([at](Bytes& share, std::uint32_t) {
                share[static_cast<std::size_t>(at)] ^= std::byte{0x20};
            });
            QVERIFY2(wrong.empty(), (std::to_string(at) + ": " + wrong).c_str());
        }
    }
    void endsOfShares_data() { versionsAndSections(); }
    void endsOfShares()
    {
        QFETCH(int, version);
        QFETCH(int, section);
        Rig rig(version);
        const std::uint64_t size = rig.good.front().size();
        const ByteRange range =
            sectionsOf(rig.layout, size)[static_cast<std::size_t>(section)].range;
        for (const std::uint64_t end :
             {range.begin, range.begin + range.size() / 2, range.end - 1}) {
            const std::string wrong = rig.meet([end](Bytes& share, std::uint32_t) {
                share.resize(static_cast<std::size_t>(end));
            });
            QVERIFY2(wrong.empty(), (std::to_string(end) + ": " + wrong).c_str());
        }
    }
    /// Each from another share of the same file.
    void sectionsOfOtherShares_data() { versionsAndSections(); }
    void sectionsOfOtherShares()
    {
        QFETCH(int, version);
        QFETCH(int, section);
        Rig rig(version);
        const std::uint64_t size = rig.good.front().size();
        const Section taken = sectionsOf(rig.layout, size)[static_cast<std::size_t>(section)];
        // All shares have the same extension block and ciphertext tree.
        const bool equalInAll =
            equal(partOf(rig.good[0], taken.range), partOf(rig.good[1], taken.range));
        const std::string wrong = rig.meet(
            [&](Bytes& share, std::uint32_t number) {
                const ByteView other = partOf(rig.good[(number + 1) % kTotal], taken.range);
                std::copy(other.begin(), other.end(),
                          share.begin() + static_cast<std::ptrdiff_t>(taken.range.begin));
            },
            !equalInAll);
        QVERIFY2(wrong.empty(), wrong.c_str());
    }

    /// Every digit, letter and hash of the extension block.
    void extensionFields()
    {
        for (const int version : {1, 2}) {
            Rig rig(version);
            const std::size_t begin =
                static_cast<std::size_t>(rig.layout.uriExtensionLengthRange().end);
            for (std::size_t at = begin; at < rig.good.front().size(); at += 5) {
                const std::string wrong = rig.meet([at](Bytes& share, std::uint32_t) {
                    share[at] = share[at] == std::byte{'9'} ? std::byte{'1'} : std::byte{'9'};
                });
                QVERIFY2(wrong.empty(), (std::to_string(at) + ": " + wrong).c_str());
            }
        }
    }

private:
    static void versionsAndSections()
    {
        QTest::addColumn<int>("version");
        QTest::addColumn<int>("section");
        const std::vector<Section> sections = sectionsOf(ImmutableLayout(), 0);
        for (const int version : {1, 2})
            for (std::size_t i = 0; i < sections.size(); ++i)
                QTest::addRow("v%d %s", version, sections[i].name)
                    << version << static_cast<int>(i);
    }
};

QTEST_GUILESS_MAIN(TestHostileShares)
#include "test_hostile_shares.moc"
