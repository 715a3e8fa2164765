// directories: DirectoryService on mutable and immutable files.
#pragma once

#include "client-gateway/dirs/directory_codec.h"
#include "client-gateway/dirs/directory_service.h"
#include "client-gateway/dirs/immutable_files.h"
#include "core/base/executor.h"

namespace tarn::gateway {

/// All must outlive the directories.
struct DirectoryParts
{
    Clock& clock;
    WorkPool& cpu;
    MutableService& mutableFiles;
    ImmutableFiles& immutableFiles;
};

/// Engine thread. Keeps nothing between operations.
class Directories final : public DirectoryService
{
public:
    explicit Directories(DirectoryParts parts) : m_parts(parts) {}

    asio::awaitable<Result<std::shared_ptr<const DirectoryContents>>>
    list(std::string directory) override;
    asio::awaitable<Result<std::string>> create(cap::MutableFormat format,
                                                std::vector<NewChild> children) override;
    asio::awaitable<Result<std::string>> createImmutable(std::vector<NewChild> children) override;
    asio::awaitable<Result<std::vector<Removed>>>
    link(std::string directory, std::vector<NewChild> children, Replace replace) override;
    asio::awaitable<Result<DirectoryChild>> unlink(std::string directory, std::string name,
                                                   ChildKind expected) override;
    asio::awaitable<Result<void>> move(std::string fromDirectory, std::string fromName,
                                       std::string toDirectory, std::string toName,
                                       Replace replace) override;

private:
    asio::awaitable<Result<Bytes>> readAll(cap::FileCap file);
    asio::awaitable<Result<Bytes>> readImmutable(std::string readCap);
    asio::awaitable<Result<void>> moveBetween(cap::MutableWriteCap from, std::string fromName,
                                              cap::MutableWriteCap to, std::string toName,
                                              Replace replace);
    asio::awaitable<Result<void>> modify(cap::MutableWriteCap file, MutableService::Edit edit);
    double now() const;

    DirectoryParts m_parts;
};

} // namespace tarn::gateway
