#include "tests/support/share_store_suite.h"

#include "tests/support/seeded_random.h"

namespace tarn::test {

using namespace storage_api;

StorageIndex suiteIndex(std::uint8_t seed)
{
    SeededRandom random(seed);
    return StorageIndex::prefixOf(random.bytes(16));
}

LeaseSecrets suiteLeases(std::uint8_t seed)
{
    SeededRandom random(1000U + seed);
    LeaseSecrets out;
    out.renew = LeaseSecret::prefixOf(random.bytes(32));
    out.cancel = LeaseSecret::prefixOf(random.bytes(32));
    return out;
}

Bytes suiteBytes(std::size_t size, std::uint64_t seed)
{
    SeededRandom random(seed);
    return random.bytes(size);
}

namespace {

using Text = asio::awaitable<std::string>;
using Numbers = std::set<ShareNumber>;

#define SUITE_CHECK(condition)                                                                     \
    do {                                                                                           \
        if (!(condition)) co_return "line " + std::to_string(__LINE__) + ": " #condition;          \
    } while (false)

const ByteView kSecret = asBytes("an upload secret 001");
const ByteView kOther = asBytes("an upload secret 002");
const ByteView kEnabler = asBytes("write enabler of thirty-two byte");
const ByteView kWrongEnabler = asBytes("WRITE ENABLER OF THIRTY-TWO BYTE");

Numbers numbers(std::initializer_list<std::uint32_t> values)
{
    Numbers out;
    for (const std::uint32_t value : values)
        out.insert(ShareNumber{value});
    return out;
}

template <class T>
bool failsWith(const Result<T>& result, ErrorCode code)
{
    return !result && result.error().code() == code;
}

asio::awaitable<Result<AllocateAnswer>> allocate(ShareStore& store, std::uint8_t index,
                                                 Numbers shares, std::uint64_t size,
                                                 ByteView secret = kSecret)
{
    LeaseSecrets leases = suiteLeases(index);
    auto work = store.allocate(suiteIndex(index), std::move(shares), size, leases, secret);
    co_return co_await std::move(work);
}

asio::awaitable<Result<std::vector<ByteRange>>> write(ShareStore& store, std::uint8_t index,
                                                      std::uint32_t share, std::uint64_t offset,
                                                      ByteView data, ByteView secret = kSecret)
{
    auto work = store.writeShare(suiteIndex(index), ShareNumber{share}, secret, offset, data);
    Result<WriteAnswer> answer = co_await std::move(work);
    if (!answer) co_return std::move(answer).error();
    co_return std::move(answer->required);
}

asio::awaitable<Result<Bytes>> read(ShareStore& store, ShareKind kind, std::uint8_t index,
                                    std::uint32_t share, std::uint64_t begin, std::uint64_t end)
{
    Bytes out(static_cast<std::size_t>(std::min<std::uint64_t>(end - begin, 1 << 20)));
    const ByteRange range{begin, end};
    auto work = store.readShare(kind, suiteIndex(index), ShareNumber{share}, range, out);
    const Result<std::size_t> got = co_await std::move(work);
    if (!got) co_return got.error();
    out.resize(*got);
    co_return out;
}

asio::awaitable<Numbers> list(ShareStore& store, ShareKind kind, std::uint8_t index)
{
    auto work = store.listShares(kind, suiteIndex(index));
    const Result<Numbers> got = co_await std::move(work);
    if (!got) co_return numbers({999'999});
    co_return *got;
}

asio::awaitable<Result<ReadTestWriteAnswer>> change(ShareStore& store, std::uint8_t index,
                                                    const ReadTestWrite& request,
                                                    ByteView enabler = kEnabler)
{
    LeaseSecrets leases = suiteLeases(index);
    auto work = store.readTestWrite(suiteIndex(index), leases, enabler, request);
    co_return co_await std::move(work);
}

/// One write to one share.
ReadTestWrite writeOf(std::uint32_t share, std::uint64_t offset, ByteView data)
{
    ReadTestWrite request;
    WriteVector vector;
    vector.offset = offset;
    vector.data = data;
    request.shares[ShareNumber{share}].writes.push_back(vector);
    return request;
}

asio::awaitable<bool> putWhole(ShareStore& store, std::uint8_t index, std::uint32_t share,
                               ByteView data)
{
    Numbers asked = numbers({share});
    const auto allocated = co_await allocate(store, index, std::move(asked), data.size());
    if (!allocated || !allocated->allocated.contains(ShareNumber{share})) co_return false;
    const auto left = co_await write(store, index, share, 0, data);
    co_return left && left->empty();
}

// --- immutable shares ---

Text storesAndReads(SuiteHost& host)
{
    const Bytes data = suiteBytes(1000, 1);
    const bool put = co_await putWhole(host.store, 1, 7, data);
    SUITE_CHECK(put);
    const Numbers listed = co_await list(host.store, ShareKind::Immutable, 1);
    SUITE_CHECK(listed == numbers({7}));
    const auto all = co_await read(host.store, ShareKind::Immutable, 1, 7, 0, 5000);
    SUITE_CHECK(all && *all == data);
    const auto part = co_await read(host.store, ShareKind::Immutable, 1, 7, 990, 1010);
    SUITE_CHECK(part && equal(*part, ByteView(data).subspan(990)));
    const auto past = co_await read(host.store, ShareKind::Immutable, 1, 7, 1000, 1100);
    SUITE_CHECK(past && past->empty());
    const auto huge =
        co_await read(host.store, ShareKind::Immutable, 1, 7, 1ULL << 62U, 1ULL << 63U);
    SUITE_CHECK(huge && huge->empty());
    co_return "";
}

Text unknownSharesAreNotFound(SuiteHost& host)
{
    const auto got = co_await read(host.store, ShareKind::Immutable, 2, 0, 0, 10);
    SUITE_CHECK(failsWith(got, ErrorCode::NotFound));
    const auto slot = co_await read(host.store, ShareKind::Mutable, 2, 0, 0, 10);
    SUITE_CHECK(failsWith(slot, ErrorCode::NotFound));
    const Numbers listed = co_await list(host.store, ShareKind::Immutable, 2);
    const Numbers slots = co_await list(host.store, ShareKind::Mutable, 2);
    SUITE_CHECK(listed.empty() && slots.empty());
    const auto written = co_await write(host.store, 2, 0, 0, asBytes("x"));
    SUITE_CHECK(failsWith(written, ErrorCode::NotFound));
    auto aborting = host.store.abortShare(suiteIndex(2), ShareNumber{0}, kSecret);
    const Result<void> aborted = co_await std::move(aborting);
    SUITE_CHECK(failsWith(aborted, ErrorCode::NotFound));
    auto leasing = host.store.addLease(suiteIndex(2), suiteLeases(2));
    const Result<void> leased = co_await std::move(leasing);
    SUITE_CHECK(failsWith(leased, ErrorCode::NotFound));
    auto advising =
        host.store.adviseCorrupt(ShareKind::Immutable, suiteIndex(2), ShareNumber{0}, "why");
    const Result<void> advised = co_await std::move(advising);
    SUITE_CHECK(failsWith(advised, ErrorCode::NotFound));
    co_return "";
}

Text incompleteSharesAreInvisible(SuiteHost& host)
{
    Numbers asked = numbers({1, 7});
    const auto first = co_await allocate(host.store, 3, asked, 100);
    SUITE_CHECK(first && first->allocated == asked && first->alreadyHave.empty());
    const auto piece = co_await write(host.store, 3, 1, 0, asBytes("0123456789"));
    SUITE_CHECK(piece && *piece == std::vector<ByteRange>({{10, 100}}));
    const Numbers listed = co_await list(host.store, ShareKind::Immutable, 3);
    SUITE_CHECK(listed.empty());
    const auto got = co_await read(host.store, ShareKind::Immutable, 3, 1, 0, 10);
    SUITE_CHECK(failsWith(got, ErrorCode::NotFound));
    const auto again = co_await allocate(host.store, 3, asked, 100);
    SUITE_CHECK(again && again->allocated.empty() && again->alreadyHave.empty());
    Numbers more = numbers({1, 2});
    const auto other = co_await allocate(host.store, 3, more, 100, kOther);
    SUITE_CHECK(other && other->allocated == numbers({2}) && other->alreadyHave.empty());
    co_return "";
}

Text piecesInAnyOrder(SuiteHost& host)
{
    const Bytes data = suiteBytes(100, 4);
    Numbers asked = numbers({1});
    const auto allocated = co_await allocate(host.store, 4, asked, 100);
    SUITE_CHECK(allocated);
    const ByteView view = data;
    const auto a = co_await write(host.store, 4, 1, 50, view.subspan(50, 10));
    SUITE_CHECK(a && *a == std::vector<ByteRange>({{0, 50}, {60, 100}}));
    const auto b = co_await write(host.store, 4, 1, 0, view.first(10));
    SUITE_CHECK(b && *b == std::vector<ByteRange>({{10, 50}, {60, 100}}));
    const auto c = co_await write(host.store, 4, 1, 0, view.first(10));
    SUITE_CHECK(c && *c == *b);
    const auto overlap = co_await write(host.store, 4, 1, 5, view.subspan(5, 50));
    SUITE_CHECK(overlap && *overlap == std::vector<ByteRange>({{60, 100}}));
    const auto last = co_await write(host.store, 4, 1, 60, view.subspan(60));
    SUITE_CHECK(last && last->empty());
    const auto got = co_await read(host.store, ShareKind::Immutable, 4, 1, 0, 200);
    SUITE_CHECK(got && *got == data);
    const auto late = co_await write(host.store, 4, 1, 0, view.first(10));
    SUITE_CHECK(failsWith(late, ErrorCode::NotFound));
    co_return "";
}

Text badWritesChangeNothing(SuiteHost& host)
{
    Numbers asked = numbers({1});
    const auto allocated = co_await allocate(host.store, 5, asked, 20);
    SUITE_CHECK(allocated);
    const auto good = co_await write(host.store, 5, 1, 0, asBytes("aaaaaaaaaa"));
    SUITE_CHECK(good);
    const auto conflict = co_await write(host.store, 5, 1, 5, asBytes("bbbbbbbbbb"));
    SUITE_CHECK(failsWith(conflict, ErrorCode::Conflict));
    const auto secret = co_await write(host.store, 5, 1, 10, asBytes("c"), kOther);
    SUITE_CHECK(failsWith(secret, ErrorCode::Unauthorized));
    const auto past = co_await write(host.store, 5, 1, 15, asBytes("dddddd"));
    SUITE_CHECK(failsWith(past, ErrorCode::InvalidInput));
    const auto far = co_await write(host.store, 5, 1, ~0ULL, asBytes("dd"));
    SUITE_CHECK(failsWith(far, ErrorCode::InvalidInput));
    const auto rest = co_await write(host.store, 5, 1, 10, asBytes("eeeeeeeeee"));
    SUITE_CHECK(rest && rest->empty());
    const auto got = co_await read(host.store, ShareKind::Immutable, 5, 1, 0, 20);
    SUITE_CHECK(got && textOf(*got) == "aaaaaaaaaaeeeeeeeeee");
    co_return "";
}

Text aborts(SuiteHost& host)
{
    Numbers asked = numbers({1, 2});
    const auto allocated = co_await allocate(host.store, 6, asked, 4);
    SUITE_CHECK(allocated);
    auto wrong = host.store.abortShare(suiteIndex(6), ShareNumber{1}, kOther);
    const Result<void> refused = co_await std::move(wrong);
    SUITE_CHECK(failsWith(refused, ErrorCode::Unauthorized));
    const auto piece = co_await write(host.store, 6, 1, 0, asBytes("ab"));
    SUITE_CHECK(piece);
    auto right = host.store.abortShare(suiteIndex(6), ShareNumber{1}, kSecret);
    const Result<void> aborted = co_await std::move(right);
    SUITE_CHECK(aborted);
    auto twice = host.store.abortShare(suiteIndex(6), ShareNumber{1}, kSecret);
    const Result<void> gone = co_await std::move(twice);
    SUITE_CHECK(failsWith(gone, ErrorCode::NotFound));
    const auto whole = co_await write(host.store, 6, 2, 0, asBytes("abcd"));
    SUITE_CHECK(whole && whole->empty());
    auto late = host.store.abortShare(suiteIndex(6), ShareNumber{2}, kSecret);
    const Result<void> complete = co_await std::move(late);
    SUITE_CHECK(failsWith(complete, ErrorCode::Unsupported));
    const auto fresh = co_await allocate(host.store, 6, asked, 4);
    SUITE_CHECK(fresh && fresh->allocated == numbers({1}));
    SUITE_CHECK(fresh->alreadyHave == numbers({2}));
    co_return "";
}

Text idleUploadsExpire(SuiteHost& host)
{
    Numbers asked = numbers({1});
    const auto allocated = co_await allocate(host.store, 7, asked, 4);
    SUITE_CHECK(allocated);
    host.advance(std::chrono::minutes(29));
    const auto kept = co_await write(host.store, 7, 1, 0, asBytes("ab"));
    SUITE_CHECK(kept);
    host.advance(std::chrono::minutes(29));
    const auto again = co_await write(host.store, 7, 1, 0, asBytes("ab"));
    SUITE_CHECK(again);
    host.advance(std::chrono::minutes(31));
    const auto late = co_await write(host.store, 7, 1, 2, asBytes("cd"));
    SUITE_CHECK(failsWith(late, ErrorCode::NotFound));
    const auto fresh = co_await allocate(host.store, 7, asked, 4);
    SUITE_CHECK(fresh && fresh->allocated == asked);
    co_return "";
}

Text refusesWhatCannotFit(SuiteHost& host)
{
    Numbers asked = numbers({1});
    const auto huge = co_await allocate(host.store, 8, asked, 1ULL << 60U);
    SUITE_CHECK(huge && huge->allocated.empty() && huge->alreadyHave.empty());
    const auto endless = co_await allocate(host.store, 8, asked, ~0ULL);
    SUITE_CHECK(endless && endless->allocated.empty());
    auto asking = host.store.version();
    const Result<ServerVersion> version = co_await std::move(asking);
    SUITE_CHECK(version && version->availableSpace > 0);
    SUITE_CHECK(version->maximumMutableShareSize == 69'105'000'000'000'000ULL);
    co_return "";
}

Text leasesAndAdvisories(SuiteHost& host)
{
    const bool put = co_await putWhole(host.store, 9, 0, asBytes("share"));
    SUITE_CHECK(put);
    for (std::uint8_t i = 0; i < 6; ++i) {
        auto leasing = host.store.addLease(suiteIndex(9), suiteLeases(i));
        const Result<void> leased = co_await std::move(leasing);
        SUITE_CHECK(leased);
    }
    const auto got = co_await read(host.store, ShareKind::Immutable, 9, 0, 0, 1000);
    SUITE_CHECK(got && textOf(*got) == "share");
    auto advising =
        host.store.adviseCorrupt(ShareKind::Immutable, suiteIndex(9), ShareNumber{0}, "bad");
    const Result<void> advised = co_await std::move(advising);
    SUITE_CHECK(advised);
    const Numbers listed = co_await list(host.store, ShareKind::Immutable, 9);
    SUITE_CHECK(listed == numbers({0}));
    co_return "";
}

// --- mutable slots ---

Text slotsAreTestedReadAndWritten(SuiteHost& host)
{
    ReadTestWrite create = writeOf(0, 0, asBytes("hello world"));
    WriteVector hole;
    hole.offset = 2;
    hole.data = asBytes("xx");
    create.shares[ShareNumber{3}].writes.push_back(hole);
    TestVector absent;
    absent.size = 1;
    create.shares[ShareNumber{0}].tests.push_back(absent);
    ReadVector first;
    first.size = 5;
    create.reads.push_back(first);
    const auto created = co_await change(host.store, 20, create);
    SUITE_CHECK(created && created->success && created->readData.empty());

    ReadTestWrite failing = writeOf(0, 0, asBytes("HELLO"));
    TestVector wrong;
    wrong.size = 5;
    wrong.specimen = asBytes("HELLO");
    failing.shares[ShareNumber{0}].tests.push_back(wrong);
    ReadVector whole;
    whole.size = 11;
    ReadVector tail;
    tail.offset = 6;
    tail.size = 100;
    failing.reads = {whole, tail};
    const auto failed = co_await change(host.store, 20, failing);
    SUITE_CHECK(failed && !failed->success && failed->readData.size() == 2);
    const std::vector<Bytes>& zero = failed->readData.at(ShareNumber{0});
    SUITE_CHECK(textOf(zero.at(0)) == "hello world" && textOf(zero.at(1)) == "world");
    const std::vector<Bytes>& three = failed->readData.at(ShareNumber{3});
    SUITE_CHECK(textOf(three.at(0)) == std::string("\0\0xx", 4) && three.at(1).empty());
    const auto unchanged = co_await read(host.store, ShareKind::Mutable, 20, 0, 0, 99);
    SUITE_CHECK(unchanged && textOf(*unchanged) == "hello world");
    const Numbers listed = co_await list(host.store, ShareKind::Mutable, 20);
    SUITE_CHECK(listed == numbers({0, 3}));
    co_return "";
}

Text slotsGrowAndShrink(SuiteHost& host)
{
    const ReadTestWrite create = writeOf(1, 0, asBytes("hello"));
    const auto created = co_await change(host.store, 21, create);
    SUITE_CHECK(created && created->success);
    ReadTestWrite gap = writeOf(1, 20, asBytes("END"));
    gap.shares[ShareNumber{1}].newLength = 30;
    const auto grown = co_await change(host.store, 21, gap);
    SUITE_CHECK(grown && grown->success);
    const auto after = co_await read(host.store, ShareKind::Mutable, 21, 1, 0, 99);
    SUITE_CHECK(after && textOf(*after) == "hello" + std::string(15, '\0') + "END");

    ReadTestWrite cut;
    cut.shares[ShareNumber{1}].newLength = 3;
    const auto shrunk = co_await change(host.store, 21, cut);
    SUITE_CHECK(shrunk && shrunk->success);
    const ReadTestWrite regrow = writeOf(1, 6, asBytes("Z"));
    const auto regrown = co_await change(host.store, 21, regrow);
    SUITE_CHECK(regrown && regrown->success);
    const auto filled = co_await read(host.store, ShareKind::Mutable, 21, 1, 0, 99);
    SUITE_CHECK(filled && textOf(*filled) == std::string("hel\0\0\0Z", 7));

    ReadTestWrite remove;
    remove.shares[ShareNumber{1}].newLength = 0;
    const auto removed = co_await change(host.store, 21, remove);
    SUITE_CHECK(removed && removed->success);
    const auto gone = co_await read(host.store, ShareKind::Mutable, 21, 1, 0, 99);
    SUITE_CHECK(failsWith(gone, ErrorCode::NotFound));
    const Numbers listed = co_await list(host.store, ShareKind::Mutable, 21);
    SUITE_CHECK(listed.empty());
    const auto again = co_await change(host.store, 21, remove);
    SUITE_CHECK(again && again->success);
    co_return "";
}

Text slotsAreGuarded(SuiteHost& host)
{
    const ReadTestWrite create = writeOf(1, 0, asBytes("mine"));
    const auto created = co_await change(host.store, 22, create);
    SUITE_CHECK(created && created->success);
    const ReadTestWrite steal = writeOf(2, 0, asBytes("yours"));
    const auto stolen = co_await change(host.store, 22, steal, kWrongEnabler);
    SUITE_CHECK(failsWith(stolen, ErrorCode::Unauthorized));
    ReadTestWrite look;
    ReadVector four;
    four.size = 4;
    look.reads.push_back(four);
    const auto peeked = co_await change(host.store, 22, look, kWrongEnabler);
    SUITE_CHECK(failsWith(peeked, ErrorCode::Unauthorized));
    const auto seen = co_await change(host.store, 22, look);
    SUITE_CHECK(seen && seen->success);
    SUITE_CHECK(textOf(seen->readData.at(ShareNumber{1}).at(0)) == "mine");
    const Numbers listed = co_await list(host.store, ShareKind::Mutable, 22);
    SUITE_CHECK(listed == numbers({1}));
    co_return "";
}

Text requestsAreAllOrNothing(SuiteHost& host)
{
    ReadTestWrite create = writeOf(1, 0, asBytes("one"));
    WriteVector two;
    two.data = asBytes("two");
    create.shares[ShareNumber{2}].writes.push_back(two);
    const auto created = co_await change(host.store, 23, create);
    SUITE_CHECK(created && created->success);
    ReadTestWrite mixed = writeOf(1, 0, asBytes("ONE"));
    mixed.shares[ShareNumber{2}].newLength = 0;
    TestVector wrong;
    wrong.size = 3;
    wrong.specimen = asBytes("TWO");
    mixed.shares[ShareNumber{2}].tests.push_back(wrong);
    const auto refused = co_await change(host.store, 23, mixed);
    SUITE_CHECK(refused && !refused->success);
    const auto one = co_await read(host.store, ShareKind::Mutable, 23, 1, 0, 9);
    SUITE_CHECK(one && textOf(*one) == "one");
    mixed.shares[ShareNumber{2}].tests.clear();
    const auto done = co_await change(host.store, 23, mixed);
    SUITE_CHECK(done && done->success);
    const auto changed = co_await read(host.store, ShareKind::Mutable, 23, 1, 0, 9);
    SUITE_CHECK(changed && textOf(*changed) == "ONE");
    const Numbers listed = co_await list(host.store, ShareKind::Mutable, 23);
    SUITE_CHECK(listed == numbers({1}));
    co_return "";
}

Text largeSlots(SuiteHost& host)
{
    const Bytes large = suiteBytes(3'000'000, 24);
    const ReadTestWrite create = writeOf(0, 0, large);
    const auto created = co_await change(host.store, 24, create);
    SUITE_CHECK(created && created->success);
    const ReadTestWrite patch = writeOf(0, 1'500'000, asBytes("in the middle"));
    const auto patched = co_await change(host.store, 24, patch);
    SUITE_CHECK(patched && patched->success);
    const auto middle = co_await read(host.store, ShareKind::Mutable, 24, 0, 1'500'000, 1'500'013);
    SUITE_CHECK(middle && textOf(*middle) == "in the middle");
    const auto end = co_await read(host.store, ShareKind::Mutable, 24, 0, 2'999'990, 3'100'000);
    SUITE_CHECK(end && equal(*end, ByteView(large).subspan(2'999'990)));
    co_return "";
}

/// Of a store that takes streams: written at the end and as a whole, or not at all.
Text streamedShares(SuiteHost& host)
{
    const Bytes data = suiteBytes(100'000, 15);
    StreamedShare request;
    request.share = ShareNumber{3};
    TestVector absent;
    absent.size = 1;
    request.tests.push_back(absent);
    request.reads.push_back({0, 10});
    request.spots = {{500, 90'000}, {90'500, 9'000}, {0, 1'000}}; // later ones win
    const LeaseSecrets leases = suiteLeases(15);
    const StorageIndex index = suiteIndex(15);
    const auto begin = [&] { return host.store.streamShare(index, leases, kEnabler, request); };
    {
        Result<std::unique_ptr<ShareStream>> dropped = co_await begin();
        if (failsWith(dropped, ErrorCode::Unsupported)) co_return "";
        SUITE_CHECK(dropped);
        const Result<void> some = co_await (*dropped)->write(ByteView(data).first(70'000));
        SUITE_CHECK(some);
    }
    const Numbers none = co_await list(host.store, ShareKind::Mutable, 15);
    SUITE_CHECK(none.empty());
    for (const bool first : {true, false}) {
        Result<std::unique_ptr<ShareStream>> stream = co_await begin();
        SUITE_CHECK(stream);
        ByteView rest = data;
        for (const std::size_t size : {1U, 60'000U, 30'500U, 9'000U, 499U}) {
            const Result<void> written = co_await (*stream)->write(rest.first(size));
            SUITE_CHECK(written);
            rest = rest.subspan(size);
        }
        const Numbers before = co_await list(host.store, ShareKind::Mutable, 15);
        SUITE_CHECK(before.empty() == first);
        const Result<ReadTestWriteAnswer> answer = co_await (*stream)->finish();
        SUITE_CHECK(answer && answer->success == first);
    }
    const auto all = co_await read(host.store, ShareKind::Mutable, 15, 3, 0, 200'000);
    SUITE_CHECK(all && all->size() == 99'500);
    SUITE_CHECK(equal(ByteView(*all).first(1'000), ByteView(data).subspan(99'000)));
    SUITE_CHECK(equal(ByteView(*all).subspan(1'000), ByteView(data).subspan(500, 98'500)));
    Result<std::unique_ptr<ShareStream>> cut = co_await begin();
    SUITE_CHECK(cut);
    const Result<ReadTestWriteAnswer> early = co_await (*cut)->finish();
    SUITE_CHECK(failsWith(early, ErrorCode::InvalidInput));
    co_return "";
}

Text leasesOnSlots(SuiteHost& host)
{
    const ReadTestWrite create = writeOf(0, 0, asBytes("data"));
    const auto created = co_await change(host.store, 25, create);
    SUITE_CHECK(created && created->success);
    for (std::uint8_t i = 0; i < 9; ++i) {
        auto leasing = host.store.addLease(suiteIndex(25), suiteLeases(i));
        const Result<void> leased = co_await std::move(leasing);
        SUITE_CHECK(leased);
    }
    const Bytes more = suiteBytes(5000, 25);
    const ReadTestWrite grow = writeOf(0, 4, more);
    const auto grown = co_await change(host.store, 25, grow);
    SUITE_CHECK(grown && grown->success);
    const auto got = co_await read(host.store, ShareKind::Mutable, 25, 0, 0, 9000);
    SUITE_CHECK(got && got->size() == 5004 && equal(ByteView(*got).subspan(4), more));
    co_return "";
}

Text kindsDoNotMix(SuiteHost& host)
{
    const ReadTestWrite create = writeOf(0, 0, asBytes("data"));
    const auto created = co_await change(host.store, 26, create);
    SUITE_CHECK(created && created->success);
    auto listing = host.store.listShares(ShareKind::Immutable, suiteIndex(26));
    const Result<Numbers> listed = co_await std::move(listing);
    SUITE_CHECK(!listed);
    Numbers asked = numbers({1});
    const auto allocated = co_await allocate(host.store, 26, asked, 10);
    SUITE_CHECK(!allocated);
    const auto got = co_await read(host.store, ShareKind::Immutable, 26, 0, 0, 4);
    SUITE_CHECK(!got);
    const bool put = co_await putWhole(host.store, 27, 0, asBytes("share"));
    SUITE_CHECK(put);
    const ReadTestWrite write = writeOf(0, 0, asBytes("x"));
    const auto refused = co_await change(host.store, 27, write);
    SUITE_CHECK(!refused);
    co_return "";
}

} // namespace

const std::vector<SuiteCheck>& shareStoreSuite()
{
    static const std::vector<SuiteCheck> kChecks{
        {"stores and reads", false, storesAndReads},
        {"unknown shares are not found", false, unknownSharesAreNotFound},
        {"incomplete shares are invisible", false, incompleteSharesAreInvisible},
        {"pieces come in any order", false, piecesInAnyOrder},
        {"bad writes change nothing", false, badWritesChangeNothing},
        {"aborts", false, aborts},
        {"idle uploads expire", true, idleUploadsExpire},
        {"refuses what cannot fit", false, refusesWhatCannotFit},
        {"leases and advisories", false, leasesAndAdvisories},
        {"slots are tested, read and written", false, slotsAreTestedReadAndWritten},
        {"slots grow and shrink", false, slotsGrowAndShrink},
        {"slots are guarded", false, slotsAreGuarded},
        {"requests are all or nothing", false, requestsAreAllOrNothing},
        {"large slots", false, largeSlots},
        {"streamed shares", false, streamedShares},
        {"leases on slots", false, leasesOnSlots},
        {"kinds do not mix", false, kindsDoNotMix},
    };
    return kChecks;
}

} // namespace tarn::test
