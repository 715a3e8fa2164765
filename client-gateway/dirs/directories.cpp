#include "client-gateway/dirs/directories.h"

#include "client-gateway/dirs/child_name.h"
#include "client-gateway/dirs/directory_edit.h"
#include "client-gateway/dirs/memory_transfers.h"
#include "core/cap/overloaded.h"

#include <chrono>

namespace tarn::gateway {

namespace {

/// Smaller directories are parsed before a job has changed threads.
constexpr std::size_t kWorthAJob = 8 * 1024;

Result<cap::FileCap> directoryFile(const std::string& text)
{
    TARN_TRY(const cap::Cap parsed, cap::parseKnownCap(text));
    if (const auto* directory = std::get_if<cap::DirectoryCap>(&parsed)) return directory->file;
    return Error(ErrorCode::InvalidInput, "not the capability of a directory");
}

Result<cap::MutableWriteCap> writeableFile(const std::string& text)
{
    TARN_TRY(const cap::FileCap file, directoryFile(text));
    if (const auto* write = std::get_if<cap::MutableWriteCap>(&file)) return *write;
    return Error(ErrorCode::NotWriteable, std::holds_alternative<cap::MutableReadCap>(file)
                                              ? "the directory is read-only"
                                              : "the directory is immutable");
}

DirectoryAccess accessOf(const cap::FileCap& file)
{
    DirectoryAccess access;
    if (const auto* write = std::get_if<cap::MutableWriteCap>(&file)) {
        access.writeKey = write->writeKey;
    } else {
        access.isMutable = std::holds_alternative<cap::MutableReadCap>(file);
    }
    return access;
}

DirectoryAccess accessOf(const cap::MutableWriteCap& file)
{
    return DirectoryAccess{true, file.writeKey};
}

using ListResult = Result<std::shared_ptr<const DirectoryContents>>;

ListResult listingOf(ByteView data, const DirectoryAccess& access)
{
    auto contents = std::make_shared<DirectoryContents>();
    TARN_TRY(contents->children, parseDirectory(data, access));
    contents->serializedSize = data.size();
    contents->writeable = access.writeKey.has_value();
    contents->isMutable = access.isMutable;
    return ListResult(std::move(contents));
}

std::string directoryText(cap::FileCap file)
{
    return cap::printCap(cap::DirectoryCap{std::move(file)});
}

bool sameFile(const cap::MutableWriteCap& a, const cap::MutableWriteCap& b)
{
    return a.writeKey == b.writeKey && a.fingerprint == b.fingerprint;
}

/// An edit that can be called through copies.
template <class EditClass>
MutableService::Edit shared(std::shared_ptr<EditClass> edit)
{
    return [edit = std::move(edit)](ByteView old, bool again) { return edit->apply(old, again); };
}

} // namespace

double Directories::now() const
{
    using Seconds = std::chrono::duration<double>;
    const auto since = m_parts.clock.wallNow().time_since_epoch();
    return Seconds(std::chrono::duration_cast<std::chrono::microseconds>(since)).count();
}

asio::awaitable<Result<Bytes>> Directories::readImmutable(std::string readCap)
{
    TARN_CO_TRY(const std::shared_ptr<Download> download, m_parts.immutableFiles.open(readCap));
    if (download->size() > kMaxDirectoryBytes)
        co_return Error(ErrorCode::TooLarge,
                        "a directory of " + std::to_string(download->size()) + " bytes");
    MemorySink sink;
    const ByteRange whole{0, download->size()};
    TARN_CO_TRY_VOID(co_await download->read(whole, sink));
    co_return sink.take();
}

asio::awaitable<Result<Bytes>> Directories::readAll(cap::FileCap file)
{
    if (auto* literal = std::get_if<cap::LiteralCap>(&file)) co_return std::move(literal->data);
    if (const auto* immutable = std::get_if<cap::ImmutableReadCap>(&file)) {
        std::string readCap = cap::printCap(*immutable);
        co_return co_await readImmutable(std::move(readCap));
    }
    std::optional<MutableReadable> readable;
    if (const auto* write = std::get_if<cap::MutableWriteCap>(&file)) readable = *write;
    if (const auto* read = std::get_if<cap::MutableReadCap>(&file)) readable = *read;
    if (!readable)
        co_return Error(ErrorCode::InvalidInput, "a verify capability reads no directory");
    TARN_CO_TRY(MutableContents contents,
                co_await m_parts.mutableFiles.read(*std::move(readable), kMaxDirectoryBytes));
    co_return std::move(contents.data);
}

asio::awaitable<ListResult> Directories::list(std::string directory)
{
    TARN_CO_TRY(const cap::FileCap file, directoryFile(directory));
    TARN_CO_TRY(Bytes data, co_await readAll(file));
    DirectoryAccess access = accessOf(file);
    if (data.size() < kWorthAJob) co_return listingOf(data, access);
    auto job = [data = std::move(data), access = std::move(access)] {
        return listingOf(data, access);
    };
    co_return co_await runOn(m_parts.cpu, std::move(job));
}

asio::awaitable<Result<std::string>> Directories::create(cap::MutableFormat format,
                                                         std::vector<NewChild> children)
{
    DirectoryAccess access;
    TARN_CO_TRY(const std::vector<PreparedChild> prepared, prepareChildren(children, access));
    MemorySource empty{ByteView()};
    MutableCreation creation;
    creation.format = format;
    TARN_CO_TRY(const cap::MutableWriteCap file,
                co_await m_parts.mutableFiles.create(empty, std::move(creation)));
    if (!prepared.empty()) {
        // Children are sealed under the key of the file, so there must be a file first.
        access.writeKey = file.writeKey;
        TARN_CO_TRY(const Bytes contents, serializeNew(prepared, access));
        MemorySource source(contents);
        TARN_CO_TRY_VOID(co_await m_parts.mutableFiles.overwrite(file, source));
    }
    co_return directoryText(file);
}

asio::awaitable<Result<std::string>> Directories::createImmutable(std::vector<NewChild> children)
{
    const DirectoryAccess access{false, std::nullopt};
    TARN_CO_TRY(const std::vector<PreparedChild> prepared, prepareChildren(children, access));
    TARN_CO_TRY(const Bytes contents, serializeNew(prepared, access));
    MemorySource source(contents);
    TARN_CO_TRY(const std::string readCap, co_await m_parts.immutableFiles.upload(source));
    TARN_CO_TRY(const cap::Cap file, cap::parseKnownCap(readCap));
    if (const auto* literal = std::get_if<cap::LiteralCap>(&file))
        co_return directoryText(*literal);
    if (const auto* read = std::get_if<cap::ImmutableReadCap>(&file))
        co_return directoryText(*read);
    co_return Error(ErrorCode::Internal, "an upload gave another kind of capability");
}

asio::awaitable<Result<void>> Directories::modify(cap::MutableWriteCap file,
                                                  MutableService::Edit edit)
{
    TARN_CO_TRY_VOID(
        co_await m_parts.mutableFiles.modify(std::move(file), kMaxDirectoryBytes, std::move(edit)));
    co_return ok();
}

asio::awaitable<Result<std::vector<Removed>>>
Directories::link(std::string directory, std::vector<NewChild> children, Replace replace)
{
    TARN_CO_TRY(cap::MutableWriteCap file, writeableFile(directory));
    const DirectoryAccess access = accessOf(file);
    TARN_CO_TRY(std::vector<PreparedChild> prepared, prepareChildren(children, access));
    const auto edit = std::make_shared<LinkEdit>(access, std::move(prepared), replace, now());
    MutableService::Edit apply = shared(edit);
    TARN_CO_TRY_VOID(co_await modify(std::move(file), std::move(apply)));
    co_return edit->takeRemoved();
}

asio::awaitable<Result<DirectoryChild>> Directories::unlink(std::string directory, std::string name,
                                                            ChildKind expected)
{
    TARN_CO_TRY(cap::MutableWriteCap file, writeableFile(directory));
    TARN_CO_TRY(std::string normal, normalizedName(name));
    const auto edit =
        std::make_shared<UnlinkEdit>(accessOf(file), std::move(normal), expected, std::nullopt);
    MutableService::Edit apply = shared(edit);
    TARN_CO_TRY_VOID(co_await modify(std::move(file), std::move(apply)));
    if (!edit->removed()) co_return Error(ErrorCode::Internal, "nothing was unlinked");
    co_return *edit->removed();
}

asio::awaitable<Result<void>> Directories::move(std::string fromDirectory, std::string fromName,
                                                std::string toDirectory, std::string toName,
                                                Replace replace)
{
    TARN_CO_TRY(cap::MutableWriteCap from, writeableFile(fromDirectory));
    TARN_CO_TRY(cap::MutableWriteCap to, writeableFile(toDirectory));
    TARN_CO_TRY(std::string source, normalizedName(fromName));
    TARN_CO_TRY(std::string target, normalizedName(toName));
    if (!sameFile(from, to)) {
        co_return co_await moveBetween(std::move(from), std::move(source), std::move(to),
                                       std::move(target), replace);
    }
    if (source == target) co_return ok();
    MutableService::Edit apply = shared(std::make_shared<RenameEdit>(
        accessOf(from), std::move(source), std::move(target), replace, now()));
    co_return co_await modify(std::move(from), std::move(apply));
}

asio::awaitable<Result<void>> Directories::moveBetween(cap::MutableWriteCap from,
                                                       std::string fromName,
                                                       cap::MutableWriteCap to, std::string toName,
                                                       Replace replace)
{
    const cap::FileCap source(from);
    TARN_CO_TRY(const Bytes contents, co_await readAll(source));
    TARN_CO_TRY(const DirectoryEditor editor, DirectoryEditor::open(contents, accessOf(from)));
    TARN_CO_TRY(std::optional<DirectoryChild> child, editor.find(fromName));
    if (!child) co_return Error(ErrorCode::NotFound, "the directory has no child of that name");

    std::vector<PreparedChild> linked;
    linked.push_back(PreparedChild{std::move(toName), child->node, std::move(child->metadata)});
    MutableService::Edit link =
        shared(std::make_shared<LinkEdit>(accessOf(to), std::move(linked), replace, now()));
    TARN_CO_TRY_VOID(co_await modify(std::move(to), std::move(link)));

    // What somebody else has put there meanwhile is not ours to take away.
    MutableService::Edit unlink = shared(std::make_shared<UnlinkEdit>(
        accessOf(from), std::move(fromName), ChildKind::Any, std::move(child->node)));
    co_return co_await modify(std::move(from), std::move(unlink));
}

} // namespace tarn::gateway
