// form: the body of a POST, whose fields are arguments and whose part "file" is kept.
#pragma once

#include "client-gateway/upload/spool.h"
#include "client-gateway/web/call.h"
#include "client-gateway/web/multipart.h"

#include <memory>

namespace tarn::gateway::web {

/// Fields are added to the call's arguments behind those of the query, which therefore win. They
/// may come before and behind the file, so that the file is kept until all of them are known.
/// Errors: InvalidInput (400), 413 for fields past the limits, those of Spool.
class FormReader final : public UploadSource
{
public:
    static constexpr std::size_t kMaxFieldBytes = 64 * 1024; ///< of all fields together

    explicit FormReader(Call& call);

    /// Reads the body to its end, where it is a form. \return whether it has a part "file".
    asio::awaitable<Result<bool>> readForm();
    /// What the part "file" calls itself; hostile. Empty where it has no name.
    const std::string& fileName() const { return m_fileName; }
    /// The next bytes of that part; 0 at its end.
    asio::awaitable<Result<std::size_t>> read(MutableByteView into) override;

private:
    enum class Part { Field, File, Skipped };

    asio::awaitable<Result<void>> readUrlEncoded();
    asio::awaitable<Result<void>> readMultipart(std::string boundary);
    void beginPart(PartHead head);
    asio::awaitable<Result<void>> keep(ByteView piece);
    void endPart();

    Call& m_call;
    Part m_part = Part::Skipped;
    std::string m_name;     ///< of the field being read
    std::string m_value;    ///< of that field, so far
    std::size_t m_kept = 0; ///< bytes of all fields so far
    std::string m_fileName;
    std::unique_ptr<Spool> m_file; ///< null: none yet; a second one is skipped
    std::uint64_t m_at = 0;        ///< what read() has handed out
};

} // namespace tarn::gateway::web
