// The scenarios of two_gateways.h on mutable files. After each batch of operations it is known of
// every word and part whether it must be there, may be there, or cannot be.
#include "core/crypto/sha256.h"
#include "tests/client-gateway/mutable_bench.h"
#include "tests/sim/two_gateways.h"

namespace tarn::test {

using gateway::MutableService;

namespace {

constexpr int kBatches = 5;
constexpr std::uint64_t kLimit = 10U << 20U;
using Words = std::set<std::string>;

// The file of the appends: a hash over the rest, filling, words that end with ';'.

Bytes sealed(ByteView filling, const Words& words)
{
    Bytes body = toBytes(filling);
    for (const std::string& word : words)
        append(body, asBytes(word + ";"));
    Bytes out = toBytes(crypto::sha256(body).view());
    append(out, body);
    return out;
}

/// Nothing: a torn version.
std::optional<Words> wordsOf(ByteView contents, ByteView filling)
{
    const std::size_t head = Hash256::kSize + filling.size();
    if (contents.size() < head) return std::nullopt;
    const Hash256 digest = crypto::sha256(contents.subspan(Hash256::kSize));
    if (!equal(contents.first(Hash256::kSize), digest.view())) return std::nullopt;
    Words words;
    std::string word;
    for (const char c : textOf(contents.subspan(head))) {
        if (c == ';') {
            words.insert(word);
            word.clear();
        } else {
            word += c;
        }
    }
    return words;
}

/// What is known of a file of words, and what somebody saw in it.
struct WordModel
{
    Bytes filling;
    Words acknowledged; ///< before the batch
    Words attempted;
    std::string wrong;

    void see(ByteView contents)
    {
        const std::optional<Words> words = wordsOf(contents, filling);
        if (!words) {
            wrong = "a torn version";
            return;
        }
        for (const std::string& word : acknowledged)
            if (!words->contains(word)) wrong = "acknowledged word " + word + " is lost";
        for (const std::string& word : *words)
            if (!attempted.contains(word)) wrong = "a word from nowhere";
    }
};

asio::awaitable<Result<void>> addWord(MutableService& files, cap::MutableWriteCap cap,
                                      std::string word, WordModel& model)
{
    MutableService::Edit edit = [&word, &model](ByteView old,
                                                bool) -> Result<std::optional<Bytes>> {
        model.see(old);
        std::optional<Words> words = wordsOf(old, model.filling);
        if (!words) return Error(ErrorCode::Corrupt, "torn");
        if (!words->insert(word).second) return std::optional<Bytes>();
        return std::optional<Bytes>(sealed(model.filling, *words));
    };
    const Result<gateway::MutableContents> done =
        co_await files.modify(cap, kLimit, std::move(edit));
    if (!done) co_return done.error();
    co_return ok();
}

asio::awaitable<Result<void>> look(MutableService& files, cap::MutableWriteCap cap,
                                   WordModel& model)
{
    TARN_CO_TRY(const gateway::MutableContents contents, co_await files.read(cap, kLimit));
    model.see(contents.data);
    co_return ok();
}

constexpr std::size_t kParts = 6;
constexpr std::size_t kPartSize = 45'000; ///< some lie across the border of two segments

/// What each part of a file may be: one letter all over.
struct PartModel
{
    std::vector<std::set<char>> possible{kParts};
    std::string wrong;

    void see(ByteView contents)
    {
        if (contents.size() != kParts * kPartSize) {
            wrong = "another size";
            return;
        }
        for (std::size_t part = 0; part < kParts; ++part) {
            const std::string text = textOf(contents.subspan(part * kPartSize, kPartSize));
            if (text.find_first_not_of(text.front()) != std::string::npos)
                wrong = "a torn part";
            else if (!possible[part].contains(text.front()))
                wrong = "part " + std::to_string(part) + " lost what was acknowledged";
        }
    }
};

asio::awaitable<Result<void>> lookAtParts(MutableService& files, cap::MutableWriteCap cap,
                                          PartModel& model)
{
    TARN_CO_TRY(const gateway::MutableContents contents, co_await files.read(cap, kLimit));
    model.see(contents.data);
    co_return ok();
}

/// All is well: both gateways see what must be there, and the file can be made whole.
void endOf(TwoGateways& life, const cap::MutableWriteCap& cap)
{
    gateway::CheckOptions verify;
    verify.verify = true;
    const auto repaired = life.grid.run(life.files(1).checkAndRepair(cap, verify));
    if (!repaired)
        life.fail("repair: " + repaired.error().text());
    else if (!repaired->after.healthy)
        life.fail("after repair: " + repaired->after.summary + " " + repaired->failure);
}

} // namespace

EditReport runAppends(std::uint64_t seed)
{
    TwoGateways life(seed);
    const bool mdmf = life.random.chance(0.5);
    WordModel model;
    model.filling = life.random.bytes(mdmf ? 140'000 : 500);
    const cap::MutableWriteCap cap = life.create(
        mdmf ? cap::MutableFormat::Mdmf : cap::MutableFormat::Sdmf, sealed(model.filling, {}));
    for (int batch = 0; batch <= kBatches && !life.failed(); ++batch) {
        const bool last = batch == kBatches;
        last ? life.relieveAll() : life.changeTroubles();
        std::vector<std::string> words;
        std::vector<asio::awaitable<Result<void>>> work;
        const std::size_t many = last ? 0 : 1 + life.draw(3);
        for (std::size_t i = 0; i < many; ++i) {
            words.push_back(std::to_string(batch) + "-" + std::to_string(i));
            model.attempted.insert(words.back());
            work.push_back(addWord(life.files(i % 2), cap, words.back(), model));
        }
        if (last || life.random.chance(0.5)) work.push_back(look(life.files(0), cap, model));
        if (last || life.random.chance(0.5)) work.push_back(look(life.files(1), cap, model));
        const std::vector<Result<void>> results = life.together(std::move(work));
        for (std::size_t i = 0; i < words.size() && i < results.size(); ++i)
            if (results[i]) model.acknowledged.insert(words[i]);
        if (!model.wrong.empty()) life.fail(model.wrong);
        for (const Result<void>& result : results)
            if (last && !result) life.fail("at the end: " + result.error().text());
    }
    if (!life.failed()) endOf(life, cap);
    return life.report;
}

EditReport runPatches(std::uint64_t seed)
{
    TwoGateways life(seed);
    PartModel model;
    for (std::set<char>& part : model.possible)
        part.insert('.');
    const cap::MutableWriteCap cap =
        life.create(cap::MutableFormat::Mdmf, Bytes(kParts * kPartSize, std::byte{'.'}));
    char letter = 'A';
    for (int batch = 0; batch <= kBatches && !life.failed(); ++batch) {
        const bool last = batch == kBatches;
        last ? life.relieveAll() : life.changeTroubles();
        struct Patch
        {
            std::size_t part;
            char letter;
        };
        std::vector<Patch> patches;
        std::vector<asio::awaitable<Result<void>>> work;
        const std::size_t many = last ? 0 : 1 + life.draw(2);
        for (std::size_t i = 0; i < many; ++i) {
            patches.push_back({life.draw(kParts), letter++});
            const Patch& patch = patches.back();
            model.possible[patch.part].insert(patch.letter);
            Bytes bytes(kPartSize, static_cast<std::byte>(patch.letter));
            work.push_back(
                updateWith(life.files(i % 2), cap, patch.part * kPartSize, std::move(bytes)));
        }
        work.push_back(lookAtParts(life.files(life.draw(2)), cap, model));
        const std::vector<Result<void>> results = life.together(std::move(work));
        if (!model.wrong.empty()) life.fail(model.wrong);
        for (std::size_t part = 0; part < kParts; ++part) {
            std::set<char> now;
            bool acknowledged = false;
            for (std::size_t i = 0; i < patches.size() && i < results.size(); ++i) {
                if (patches[i].part != part) continue;
                now.insert(patches[i].letter);
                acknowledged = acknowledged || results[i].has_value();
            }
            if (acknowledged) model.possible[part] = now;
        }
        for (const Result<void>& result : results)
            if (last && !result) life.fail("at the end: " + result.error().text());
    }
    if (!life.failed()) endOf(life, cap);
    return life.report;
}

} // namespace tarn::test
