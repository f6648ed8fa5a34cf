package nanochat.serve;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import nanochat.io.BadInputException;

/// Files of what conversations left in the cache, by the names that their owners gave them. Every owner has a folder, and sees nobody else's; in it the files
/// unused for longest make room for new ones. One request at a time.
///
/// @param folder of all owners' folders, made where it is missing
/// @param mostBytes of one owner's files
public record CacheFolder(Path folder, long mostBytes) {
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_-][A-Za-z0-9._-]{0,63}");
    private static final String SUFFIX = ".kv";
    /// What was being written when a server was killed is older than this when somebody looks.
    private static final long LEFT_BEHIND_MILLISECONDS = 3_600_000;

    /// A file.
    ///
    /// @param lastUse seconds since 1970
    record Entry(String name, long bytes, long lastUse) {}

    /// Makes the folder, for nobody else on this machine to read, and deletes what a killed server had begun to write.
    ///
    /// @throws BadInputException when that is not possible
    public void prepare() {
        try {
            if (!Files.isDirectory(folder)) {
                Files.createDirectories(folder);
                makePrivate(folder);
            }
            try (Stream<Path> files = Files.walk(folder, 2)) {
                for (Path file : files.filter(file -> file.getFileName().toString().contains(SUFFIX + ".tmp-")).toList()) {
                    if (System.currentTimeMillis() - Files.getLastModifiedTime(file).toMillis() > LEFT_BEHIND_MILLISECONDS) {
                        Files.deleteIfExists(file);
                    }
                }
            }
            if (!Files.isWritable(folder)) {
                throw new BadInputException("Nothing can be written to the folder for caches, " + folder);
            }
        } catch (IOException | UncheckedIOException e) {
            throw new BadInputException("Cannot use the folder for caches, " + folder + ": " + e.getMessage(), e);
        }
    }

    private static void makePrivate(Path made) throws IOException {
        FileStore store = Files.getFileStore(made);
        if (store.supportsFileAttributeView("posix")) {
            Files.setPosixFilePermissions(made, PosixFilePermissions.fromString("rwx------"));
        }
    }

    /// Where an owner's cache of this name is, or would be.
    ///
    /// @throws ApiException when it cannot be a name
    Path file(String owner, String name) {
        if (!NAME.matcher(name).matches()) {
            throw ApiException.invalid("name",
                    "The name of a cache has 1 to 64 letters, digits, '-', '_' and '.', which it does not begin with.");
        }
        return folder.resolve(owner).resolve(name + SUFFIX);
    }

    /// The same of one that is there.
    ///
    /// @throws ApiException when there is none
    Path existing(String owner, String name) {
        Path file = file(owner, name);
        if (!Files.isRegularFile(file)) {
            throw ApiException.refused(404, "no_such_cache", "There is no cache '" + name + "' here.");
        }
        return file;
    }

    /// An owner's files, those unused for longest first.
    List<Entry> list(String owner) throws IOException {
        Path own = folder.resolve(owner);
        List<Entry> entries = new ArrayList<>();
        if (Files.isDirectory(own)) {
            try (Stream<Path> files = Files.list(own)) {
                for (Path file : files.filter(file -> file.getFileName().toString().endsWith(SUFFIX)).toList()) {
                    String name = file.getFileName().toString();
                    entries.add(new Entry(name.substring(0, name.length() - SUFFIX.length()), Files.size(file),
                            Files.getLastModifiedTime(file).toMillis() / 1000));
                }
            }
        }
        entries.sort(Comparator.comparingLong(Entry::lastUse).thenComparing(Entry::name));
        return entries;
    }

    /// Deletes an owner's files, those unused for longest first, until there is room for a new one.
    ///
    /// @param file that will be replaced, if it is there
    /// @throws ApiException when it would never have room
    void makeRoom(String owner, Path file, long bytes) throws IOException {
        if (bytes > mostBytes) {
            throw ApiException.refused(400, "cache_too_large", "This cache takes " + bytes + " bytes, all of yours together may have "
                    + mostBytes
                    + ".");
        }
        Path own = folder.resolve(owner);
        if (!Files.isDirectory(own)) {
            Files.createDirectories(own);
            makePrivate(own);
        }
        List<Entry> others = list(owner).stream().filter(entry -> !file(owner, entry.name).equals(file)).toList();
        long sum = others.stream().mapToLong(Entry::bytes).sum() + bytes;
        for (int i = 0; sum > mostBytes; i++) {
            Files.deleteIfExists(file(owner, others.get(i).name));
            sum -= others.get(i).bytes;
        }
    }

    /// Somebody has used a file.
    static void touch(Path file) throws IOException {
        Files.setLastModifiedTime(file, FileTime.fromMillis(System.currentTimeMillis()));
    }
}
