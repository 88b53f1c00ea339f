import Dashboard
import PopulusDAP
import Testing

/// Each address is read as what it was made of, and has one spelling.
@Suite struct PathTests {
    private static let task = TaskID.random().base64URL
    private static let walk = WalkID.random().base64URL

    private static let all: [DashboardPath] = [
        .tasks, .login, .logout, .task(task), .discover(task: task), .start(task: task), .live(task: task),
        .events(task: task), .walk(task: task, walk: walk), .walkFile(task: task, walk: walk, .csv),
        .walkFile(task: task, walk: walk, .json), .comparison(task: task, walk: walk),
        .string(task: task, ForeignValue([])), .string(task: task, ForeignValue([0, 0xFF, 0x2F, 0x22])),
        .collection(task: task, key: walk), .collectionFile(task: task, key: walk, .csv), .asset(.style),
        .asset(.script), .asset(.icon),
    ]

    @Test(arguments: all) func everyAddressIsRead(path: DashboardPath) {
        #expect(DashboardPath(reading: path.text) == path)
    }

    @Test(arguments: [
        "", "tasks", "//", "/tasks", "/tasks/", "/tasks/x", "/tasks/\(task)/", "/tasks/\(task)/nothing",
        "/tasks/\(task)/walks/\(walk)/result.xml", "/tasks/\(task)/strings/a=", "/login/", "/login/more",
        "/assets/nothing", "/assets/../login", "/Login", "/%6Cogin", "http://evil.example/",
    ])
    func whatIsNoAddressIsNone(text: String) {
        #expect(DashboardPath(reading: text) == nil)
    }
}
