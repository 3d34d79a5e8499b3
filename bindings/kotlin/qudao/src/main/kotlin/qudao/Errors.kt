package qudao

/** Stable dotted code, the same in every language. */
public val QudaoException.stableCode: String
    get() = when (this) {
        is QudaoException.Argument -> code
        is QudaoException.Blueprint -> code
        is QudaoException.NotFound -> code
        is QudaoException.Access -> code
        is QudaoException.Store -> code
        is QudaoException.Cancelled -> code
        is QudaoException.Internal -> code
    }

/** What happened, for a person; [Throwable.message] of a generated exception lists its fields instead. */
public val QudaoException.userMessage: String
    get() = when (this) {
        is QudaoException.Argument -> detail
        is QudaoException.Blueprint -> detail
        is QudaoException.NotFound -> detail
        is QudaoException.Access -> detail
        is QudaoException.Store -> detail
        is QudaoException.Cancelled -> detail
        is QudaoException.Internal -> detail
    }

/** The word that was probably meant, where one is near. */
public val QudaoException.suggestion: String?
    get() = (this as? QudaoException.Argument)?.suggestion
