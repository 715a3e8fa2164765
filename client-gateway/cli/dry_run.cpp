#include "client-gateway/cli/byte_files.h"
#include "client-gateway/cli/commands.h"
#include "client-gateway/cli/reports.h"
#include "client-gateway/cli/spooled_input.h"
#include "core/base/secret.h"
#include "core/codec/base32.h"
#include "core/node/files.h"

namespace tarn::gateway::cli {

namespace {

constexpr std::size_t kMaxSecretBytes = 4096;

/// A regular file is read twice where it lies.
class FileSource final : public pipeline::RewindableSource
{
public:
    explicit FileSource(InputFile& file) : m_file(file) {}
    Result<void> rewind() override { return m_file.rewind(); }
    Result<std::size_t> readBlocking(MutableByteView into) override { return m_file.read(into); }

private:
    InputFile& m_file;
};

/// The text of private/convergence without surrounding white space.
Result<Secret> stateConvergence(const std::string& stateDirectory)
{
    const std::string path = stateDirectory + "/private/convergence";
    Result<Secret> text = node::readPrivateFileBlocking(path, kMaxSecretBytes);
    if (!text) {
        return std::move(text).error().within(
            "no convergence secret (give --convergence, or -d with a state directory)");
    }
    std::string_view trimmed = asText(text->view());
    while (!trimmed.empty() && (trimmed.back() == '\n' || trimmed.back() == ' '))
        trimmed.remove_suffix(1);
    return Secret(trimmed);
}

Result<Secret> convergence(const Session& session, const DryRun& shape)
{
    Secret text;
    if (shape.convergence) {
        text = Secret(*shape.convergence);
    } else {
        TARN_TRY(text, stateConvergence(session.options.gateway.stateDirectory));
    }
    Result<Bytes> bytes = codec::decodeBase32Lax(asText(text.view()));
    if (!bytes) return std::move(bytes).error().within("the convergence secret");
    Secret secret{ByteView(*bytes)};
    wipe(*bytes);
    return secret;
}

Result<cap::Cap> compute(InputFile& file, const pipeline::CapParameters& parameters)
{
    if (file.size()) {
        FileSource source(file);
        return pipeline::computeReadCapBlocking(source, parameters);
    }
    SystemRandom random;
    TARN_TRY(SpooledInput source, SpooledInput::readBlocking(file, random));
    return pipeline::computeReadCapBlocking(source, parameters);
}

} // namespace

Result<int> runDryRun(Session& session, const PutCommand& command)
{
    const DryRun& shape = *command.dryRun;
    TARN_TRY(const Secret secret, convergence(session, shape));
    TARN_TRY(InputFile file, InputFile::open(command.file));
    pipeline::CapParameters parameters;
    parameters.needed = shape.needed;
    parameters.total = shape.total;
    parameters.maxSegmentSize = shape.segmentSize;
    parameters.convergence = secret.view();
    TARN_TRY(const cap::Cap cap, compute(file, parameters));
    const std::string text = cap::printCap(cap);
    session.console.out(session.options.json ? capJson(text) : text + "\n");
    return kOk;
}

} // namespace tarn::gateway::cli
