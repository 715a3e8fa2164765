// bench_directory: a directory of 10,000 children, read, made and given one more, in CPU
// milliseconds, as JSON lines.
#include "client-gateway/dirs/directory_edit.h"
#include "core/crypto/tagged_hash.h"

#include <cstdio>
#include <ctime>
#include <functional>

using namespace tarn;
using namespace tarn::gateway;

namespace {

constexpr int kChildren = 10'000;
constexpr int kRounds = 20;

double cpuSeconds()
{
    timespec time{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

bool bench(const char* name, const std::function<bool()>& work)
{
    const double begin = cpuSeconds();
    for (int i = 0; i < kRounds; ++i)
        if (!work()) return false;
    std::printf("{\"name\": \"%s\", \"ms\": %.3f}\n", name,
                1000 * (cpuSeconds() - begin) / kRounds);
    return true;
}

PreparedChild childNumber(int number, bool writeable)
{
    const Hash256 hash = crypto::taggedHash("bench", asBytes(std::to_string(number)));
    PreparedChild child;
    child.name = "some file name " + std::to_string(number) + ".txt";
    if (writeable) {
        cap::MutableWriteCap cap;
        cap.writeKey = crypto::WriteKey::prefixOf(hash);
        cap.fingerprint = hash;
        child.node = cap::Cap(cap);
    } else {
        cap::ImmutableReadCap cap;
        cap.key = FileKey::prefixOf(hash);
        cap.uriExtensionHash = hash;
        cap.needed = 3;
        cap.total = 10;
        cap.size = 12345;
        child.node = cap::Cap(cap);
    }
    child.metadata =
        R"({"tahoe": {"linkcrtime": 1700000000.123456, "linkmotime": 1700000000.123456}})";
    return child;
}

bool benchKind(const std::string& kind, bool writeable)
{
    const DirectoryAccess access{true, crypto::WriteKey()};
    std::vector<PreparedChild> children;
    for (int i = 0; i < kChildren; ++i)
        children.push_back(childNumber(i, writeable));
    Bytes contents;
    const auto make = [&] {
        Result<Bytes> made = serializeNew(children, access);
        if (made) contents = *std::move(made);
        return made.has_value();
    };
    const auto read = [&] {
        const Result<DirectoryChildren> listed = parseDirectory(contents, access);
        return listed && listed->size() == kChildren;
    };
    const auto add = [&] {
        std::vector<PreparedChild> one;
        one.push_back(childNumber(kChildren, writeable));
        LinkEdit edit(access, std::move(one), Replace::No, 1);
        return edit.apply(contents, false).has_value();
    };
    return bench(("directory_make_10k_" + kind).c_str(), make) &&
           bench(("directory_read_10k_" + kind).c_str(), read) &&
           bench(("directory_add_to_10k_" + kind).c_str(), add);
}

} // namespace

int main()
{
    return benchKind("immutable_children", false) && benchKind("mutable_children", true) ? 0 : 1;
}
