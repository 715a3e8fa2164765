// longest_file: files that get no longer, so that real writes fail as on a full disk (EFBIG).
#pragma once

#include <sys/resource.h>

namespace tarn::test {

/// While it lives no file of this process is written at or behind `bytes`.
class LongestFile
{
public:
    explicit LongestFile(rlim_t bytes);
    ~LongestFile();
    LongestFile(const LongestFile&) = delete;
    LongestFile& operator=(const LongestFile&) = delete;

private:
    rlimit m_before{};
    void (*m_handler)(int) = nullptr;
};

} // namespace tarn::test
