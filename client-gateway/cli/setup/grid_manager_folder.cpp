#include "client-gateway/cli/setup/grid_manager_folder.h"

#include "core/base/file_descriptor.h"
#include "core/node/files.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

namespace tarn::gateway::cli {

namespace {

constexpr std::size_t kMaxConfigBytes = 1U << 20U;
constexpr mode_t kCertificateMode = 0644; // certificates are announced
constexpr const char* kConfigFile = "/config.json";

Result<Secret> readStandardInput()
{
    Secret buffer = zeroSecret(kMaxConfigBytes + 1);
    const std::size_t size = std::fread(buffer.mutableView().data(), 1, buffer.size(), stdin);
    if (std::ferror(stdin) != 0) return errnoError(errno, "cannot read standard input");
    if (size > kMaxConfigBytes) return Error(ErrorCode::InvalidInput, "larger than 1 MiB");
    return Secret(buffer.view().first(size));
}

/// \return Exists: somebody has that file.
Result<void> writeNewFile(const std::string& path, std::string_view text)
{
    const FileDescriptor file(
        ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, kCertificateMode));
    if (!file && errno == EEXIST) return Error(ErrorCode::Exists, path);
    if (!file) return errnoError(errno, path);
    const ssize_t written = ::write(file.get(), text.data(), text.size());
    if (written == static_cast<ssize_t>(text.size())) return ok();
    const Error failure = errnoError(written < 0 ? errno : ENOSPC, path);
    ::unlink(path.c_str());
    return failure;
}

} // namespace

GridManagerFolder::GridManagerFolder(std::string path, std::function<void(std::string_view)> print)
    : m_path(std::move(path)), m_print(std::move(print))
{
}

Result<void> GridManagerFolder::create(const grid_manager::Configuration& configuration) const
{
    if (!isStream()) {
        const std::string context = "Can't create '" + m_path + "'";
        if (node::existsBlocking(m_path))
            return Error(ErrorCode::Exists, context + ": there is something of that name");
        Result<void> made = node::makeFolderBlocking(m_path, node::kPrivateFolder);
        if (!made) return std::move(made).error().within(context);
    }
    return save(configuration);
}

Result<grid_manager::Configuration> GridManagerFolder::load() const
{
    Secret text;
    if (isStream()) {
        TARN_TRY(text, readStandardInput());
    } else {
        TARN_TRY(Bytes bytes, node::readFileBlocking(m_path + kConfigFile, kMaxConfigBytes));
        text = Secret(bytes);
        wipe(bytes);
    }
    Result<grid_manager::Configuration> out = grid_manager::parseConfiguration(asText(text.view()));
    if (!out)
        return std::move(out).error().within("Error loading Grid Manager from '" + m_path + "'");
    return out;
}

Result<void> GridManagerFolder::save(const grid_manager::Configuration& configuration) const
{
    const Secret json = grid_manager::configurationJson(configuration);
    if (isStream()) {
        m_print(asText(json.view()));
        m_print("\n\n");
        return ok();
    }
    Bytes line = toBytes(json.view());
    append(line, asBytes("\n"));
    Result<void> written = node::writeFileBlocking(m_path + kConfigFile, line, node::kPrivateFile);
    wipe(line);
    return written;
}

std::string GridManagerFolder::certificatePath(const std::string& name, std::size_t number) const
{
    return m_path + "/" + name + ".cert." + std::to_string(number);
}

Result<std::vector<grid_manager::SignedCertificate>>
GridManagerFolder::certificates(const std::string& name) const
{
    std::vector<grid_manager::SignedCertificate> out;
    if (isStream()) return out;
    while (true) {
        const std::string path = certificatePath(name, out.size());
        if (!node::existsBlocking(path)) return out;
        TARN_TRY(const Bytes text,
                 node::readFileBlocking(path, grid_manager::kMaxCertificateBytes));
        Result<grid_manager::SignedCertificate> one = grid_manager::parseCertificate(asText(text));
        if (!one) return std::move(one).error().within(path);
        out.push_back(*std::move(one));
    }
}

Result<void>
GridManagerFolder::keepCertificate(const std::string& name,
                                   const grid_manager::SignedCertificate& certificate) const
{
    if (isStream()) return ok();
    const std::string json = grid_manager::certificateJson(certificate);
    for (std::size_t number = 0;; ++number) {
        Result<void> written = writeNewFile(certificatePath(name, number), json);
        if (written || written.error().code() != ErrorCode::Exists) return written;
    }
}

Result<void> GridManagerFolder::removeCertificates(const std::string& name) const
{
    if (isStream()) return ok();
    for (std::size_t number = 0;; ++number) {
        const std::string path = certificatePath(name, number);
        if (!node::existsBlocking(path)) return ok();
        if (::unlink(path.c_str()) != 0) return errnoError(errno, path);
    }
}

} // namespace tarn::gateway::cli
