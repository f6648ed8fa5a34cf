package nanochat.io;

/// Something that a user can set, in a message about it. What it is called where it is set (an option of the command line) only that place
/// knows; it puts its own words for it, see [BadInputException#message].
///
/// @param name under which a run keeps it among its options: `max_seq_len`
public record Setting(String name) {
    @Override
    public String toString() {
        return name;
    }
}
