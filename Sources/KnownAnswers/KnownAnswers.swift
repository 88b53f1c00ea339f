// KnownAnswers
