package nanochat.data;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/// The documents that were left out while a source was read: damaged ones and those without text. However often an epoch is repeated, each
/// counts once. Safe for any number of threads.
public final class Omissions {
    /// So many places are remembered to count each once; it takes some megabytes.
    private static final int REMEMBERED = 100_000;
    private static final int TOLD = 5;

    private final Set<DocumentPosition> met = new HashSet<>();
    private final List<String> told = new ArrayList<>();
    private long damaged;
    private long empty;

    /// `documents` documents, the first of them at `position`, cannot be read.
    synchronized void damaged(DocumentPosition position, long documents, String problem) {
        if (isNew(position)) {
            damaged += documents;
            if (told.size() < TOLD) {
                told.add(problem);
            }
        }
    }

    /// The document at `position` has no text.
    synchronized void empty(DocumentPosition position) {
        if (isNew(position)) {
            empty++;
        }
    }

    private boolean isNew(DocumentPosition position) {
        return met.size() < REMEMBERED && met.add(position);
    }

    /// How many could not be read.
    public synchronized long damaged() {
        return damaged;
    }

    /// How many had no text.
    public synchronized long empty() {
        return empty;
    }

    /// What to tell people, in lines; none where nothing was left out.
    public synchronized List<String> lines() {
        List<String> lines = new ArrayList<>();
        String atLeast = met.size() == REMEMBERED ? "at least " : "";
        if (damaged > 0) {
            lines.add("Left out, because damaged: " + atLeast + documents(damaged));
            told.forEach(problem -> lines.add("  " + problem));
            if (told.size() == TOLD) {
                lines.add("  ... of these only the first " + TOLD + " are named");
            }
        }
        if (empty > 0) {
            lines.add("Left out, because without text: " + atLeast + documents(empty));
        }
        return lines;
    }

    private static String documents(long count) {
        return count + (count == 1 ? " document" : " documents");
    }
}
