import PopulusTaskFiles

extension CommandFailure {
    /// A task file's error with its exit code, and what to type.
    init(_ error: TaskFileError) {
        let code: Code =
            switch error {
            case .notFound, .unreadable: .noInput
            case .permissionDenied: .permission
            case .unwritable, .exists, .noDirectory: .cannotCreate
            case .malformed, .outdated, .wrongRole, .inconsistent: .data
            }
        self.init(code, error.description + error.advice)
    }
}

extension TaskFileError {
    /// What to type, after what is wrong.
    fileprivate var advice: String {
        switch self {
        case .notFound: "; `populus task new` creates a task's files"
        case .exists:
            "; choose another directory, or give --force to replace the task (reports and results of the old one become "
                + "unreadable)"
        case .outdated: "; make a new task with `populus task new`"
        case .permissionDenied, .unreadable, .unwritable, .noDirectory, .malformed, .wrongRole, .inconsistent: ""
        }
    }
}
