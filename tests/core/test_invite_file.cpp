#include "core/node/invite_file.h"
#include "tests/support/friend_grid.h"
#include "tests/support/seeded_random.h"

#include <QtCore/QFile>
#include <QtCore/QTemporaryDir>
#include <QtTest/QTest>

using namespace tarn;
using namespace tarn::membership;
using test::FriendGrid;

class TestInviteFile final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void aBookIsReadBack()
    {
        const QTemporaryDir folder;
        const std::string path = folder.filePath("invites").toStdString();
        const auto read = [&path](std::uint32_t self) {
            return node::readInvitesBlocking(path, FriendGrid::grid(), FriendGrid::id(self));
        };
        QVERIFY(read(1) && read(1)->invites().empty());
        InviteBook book(FriendGrid::grid(), FriendGrid::id(1));
        test::SeededRandom random(1);
        QVERIFY(book.create({}, random, test::kTestTime));
        QVERIFY(node::writeInvitesBlocking(path, encodeInvites(book)));
        QVERIFY(encodeInvites(*read(1)).matches(encodeInvites(book).view()));
        QVERIFY(!read(2)); // another node's
        QVERIFY(QFile::setPermissions(folder.filePath("invites"),
                                      QFile::ReadOwner | QFile::WriteOwner | QFile::ReadOther));
        QVERIFY(!read(1)); // tokens that others may read
    }
    void whatIsNoBookIsRefused()
    {
        const QTemporaryDir folder;
        const std::string path = folder.filePath("invites").toStdString();
        QVERIFY(node::writeInvitesBlocking(path, Secret(std::string_view("\xff\xff\xff"))));
        const auto out = node::readInvitesBlocking(path, FriendGrid::grid(), FriendGrid::id(1));
        QVERIFY(!out && out.error().code() == ErrorCode::InvalidInput);
        QVERIFY(out.error().message().starts_with(path));
        QVERIFY(!node::writeInvitesBlocking(path + "/x", Secret()));
    }
};

QTEST_GUILESS_MAIN(TestInviteFile)
#include "test_invite_file.moc"
