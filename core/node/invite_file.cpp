#include "core/node/invite_file.h"

#include "core/node/files.h"

namespace tarn::node {

namespace {

constexpr std::size_t kMaxBytes = 16U << 20U;

} // namespace

Result<membership::InviteBook> readInvitesBlocking(const std::string& path,
                                                   const membership::GridId& grid,
                                                   const crypto::Ed25519PublicKey& self)
{
    const Result<Secret> bytes = readPrivateFileBlocking(path, kMaxBytes);
    if (!bytes && bytes.error().code() == ErrorCode::NotFound)
        return membership::InviteBook(grid, self);
    if (!bytes) return bytes.error();
    Result<membership::InviteBook> book = membership::decodeInvites(grid, self, bytes->view());
    if (!book) return std::move(book).error().within(path);
    return book;
}

Result<void> writeInvitesBlocking(const std::string& path, const Secret& archive)
{
    return writeFileBlocking(path, archive.view(), kPrivateFile);
}

} // namespace tarn::node
