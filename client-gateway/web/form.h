// form: the body of a POST, whose fields are arguments and whose part "file" is streamed.
#pragma once

#include "client-gateway/web/call.h"
#include "client-gateway/web/multipart.h"

#include <memory>

namespace tarn::gateway::web {

/// Fields are added to the call's arguments behind those of the query, which therefore win.
/// Errors: InvalidInput (400), and 413 for fields past the limits.
class FormReader final : public UploadSource
{
public:
    static constexpr std::size_t kMaxFieldBytes = 64 * 1024; ///< of all fields together

    explicit FormReader(Call& call);

    /// Reads fields up to the part "file". \return false: the body ended without one.
    asio::awaitable<Result<bool>> findFile();
    /// What the part "file" calls itself; hostile. Empty where it has no name.
    const std::string& fileName() const { return m_fileName; }
    /// The next bytes of that part; 0 at its end.
    asio::awaitable<Result<std::size_t>> read(MutableByteView into) override;
    /// The rest of the body: more fields; other files are skipped.
    asio::awaitable<Result<void>> finish();

private:
    asio::awaitable<Result<bool>> begin();
    asio::awaitable<Result<void>> readUrlEncoded();
    asio::awaitable<Result<MultipartEvent>> nextEvent();
    /// \return true where the part "file" begins, false at the end of the body.
    asio::awaitable<Result<bool>> readFields();
    Result<void> keep(ByteView piece);

    Call& m_call;
    std::unique_ptr<MultipartParser> m_parser; ///< null: the body is not multipart
    Bytes m_buffer;
    PartHead m_part;
    std::string m_value; ///< of the field being read
    std::string m_fileName;
    std::size_t m_kept = 0;  ///< bytes of all fields so far
    bool m_fileSeen = false; ///< a second "file" is skipped
    bool m_inFile = false;
    ByteView m_piece; ///< of the file, not yet handed out; lies in the parser
};

} // namespace tarn::gateway::web
