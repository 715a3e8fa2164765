// fuzz_directory: what is read of a directory and written again reads the same; editing one child
// leaves the bytes of the others.
#include "client-gateway/dirs/directory_edit.h"

#include <cstdint>

using namespace tarn;
using namespace tarn::gateway;

namespace {

Bytes serialized(const DirectoryChildren& children, const DirectoryAccess& access)
{
    Bytes contents;
    for (const auto& [name, child] : children)
        appendEntry(contents, name, child, access);
    return contents;
}

void readAndWrite(ByteView input, const DirectoryAccess& access)
{
    const Result<DirectoryChildren> children = parseDirectory(input, access);
    if (!children) {
        TARN_ASSERT(children.error().code() == ErrorCode::Corrupt);
        return;
    }
    const Bytes once = serialized(*children, access);
    const Result<DirectoryChildren> again = parseDirectory(once, access);
    TARN_ASSERT(again && again->size() == children->size());
    TARN_ASSERT(equal(serialized(*again, access), once));
}

void edit(ByteView input, const DirectoryAccess& access)
{
    const NewChild child{"new", std::string("URI:LIT:"), std::nullopt, std::nullopt};
    std::vector<PreparedChild> prepared;
    prepared.push_back(*prepareChild(child, access));
    LinkEdit link(access, prepared, Replace::Yes, 1);
    const EditedContents edited = link.apply(input, false);
    if (!edited) {
        TARN_ASSERT(edited.error().code() == ErrorCode::Corrupt);
        return;
    }
    const Result<DirectoryChildren> before = parseDirectory(input, access);
    const Result<DirectoryChildren> after = parseDirectory(**edited, access);
    if (!before) return; // of a name that comes twice the first goes, and what was wrong with it
    TARN_ASSERT(after && after->contains("new"));
    TARN_ASSERT(after->size() == before->size() + (before->contains("new") ? 0 : 1));
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const ByteView input = std::as_bytes(std::span(data, size));
    const DirectoryAccess writeable{true, crypto::WriteKey()};
    readAndWrite(input, writeable);
    readAndWrite(input, DirectoryAccess{false, std::nullopt});
    edit(input, writeable);
    return 0;
}
