package nanochat.data.download;

import java.io.IOException;
import java.net.http.HttpHeaders;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import nanochat.data.download.HttpSource.Answer;
import nanochat.data.download.HttpSource.Rest;
import nanochat.io.BadInputException;

/// One file from the network to its final name: as many attempts as it takes, each going on where the last one stopped, then the checks.
///
/// What an attempt may find, and what follows:
///
/// - 206 with what follows, of the version whose beginning is here: it is appended; anything else in a 206: start over;
/// - 200: the server ignores ranges or has another version: start over with what it sends;
/// - 416: the file is complete if it ends exactly here, else start over;
/// - 408, 425, 429, 5xx, a cut or silent connection, a redirection that leads nowhere: pause, then go on;
/// - any other refusal: an error that names the address; one by another server than the one asked is taken as a failure like those above, since
///   the addresses on content networks that the Hub redirects to expire.
final class FileDownload {
    /// The same wrong content twice is no accident.
    private static final int MOST_REJECTED = 3;

    /// Waits.
    interface Pause {
        void sleep(Duration time) throws InterruptedException;
    }

    private final RemoteFile file;
    private final HttpSource source;
    private final DownloadSettings settings;
    private final Backoff backoff;
    private final Pause pause;
    private final DownloadProgress progress;
    private final PartialFile partial;

    /// @param pause waits between attempts
    FileDownload(RemoteFile file, HttpSource source, DownloadSettings settings, Backoff backoff, Pause pause, DownloadProgress progress) {
        this.file = file;
        this.source = source;
        this.settings = settings;
        this.backoff = backoff;
        this.pause = pause;
        this.progress = progress;
        partial = new PartialFile(file.target(), file.address(), settings.bytesBetweenSyncs());
    }

    /// Fetches the file; nobody else may do so at the same time.
    ///
    /// @return its size
    /// @throws BadInputException when the server does not have it or does not give it, or the disk refuses
    long run() throws InterruptedException {
        try (partial) {
            return fetch();
        }
    }

    private long fetch() throws InterruptedException {
        progress.at(file.target(), partial.bytes(), partial.version().size(), true);
        long furthest = partial.bytes();
        int failures = 0;
        int rejected = 0;
        while (true) {
            try {
                transfer();
                Optional<String> objection = objection();
                if (objection.isEmpty()) {
                    partial.publish();
                    return partial.bytes();
                }
                rejected++;
                partial.restart(RemoteVersion.UNKNOWN);
                throw new TransferException(objection.get());
            } catch (IOException failure) {
                partial.sync();
                failures = partial.bytes() > furthest ? 1 : failures + 1;
                furthest = Math.max(furthest, partial.bytes());
                if (failures > settings.failures() || rejected == MOST_REJECTED) {
                    throw givenUp(failure, rejected == MOST_REJECTED ? rejected : failures);
                }
                Optional<Duration> asked = failure instanceof TransferException transfer ? transfer.retryAfter() : Optional.empty();
                Duration delay = backoff.delay(failures, asked);
                progress.failed(file.target(), BodyReader.describe(failure), delay);
                pause.sleep(delay);
            } catch (InterruptedException stopped) {
                partial.sync();
                throw stopped;
            }
        }
    }

    private BadInputException givenUp(IOException failure, int attempts) {
        return new BadInputException("Cannot download " + file.address() + ": " + BodyReader.describe(failure) + ", the last of " + attempts
                + " attempts in a row. Run the command again to go on from the " + partial.bytes() + " bytes that are here.", failure);
    }

    /// One attempt to get everything that is missing.
    private void transfer() throws IOException, InterruptedException {
        if (partial.isComplete()) {
            return;
        }
        if (!partial.version().canBeResumed() && partial.bytes() > 0) {
            partial.restart(RemoteVersion.UNKNOWN);
        }
        Optional<Rest> rest = partial.bytes() == 0
                ? Optional.empty()
                : Optional.of(new Rest(partial.bytes(), partial.version().ifRange()));
        try (Answer answer = source.get(file.address(), rest)) {
            switch (answer.status()) {
                case 200 -> startOver(answer);
                case 206 -> goOn(answer, rest.isPresent());
                case 416 -> {
                    endHere(answer);
                    return;
                }
                default -> throw refused(answer);
            }
            receive(answer);
        }
    }

    private void startOver(Answer answer) throws TransferException {
        checkEncoding(answer.headers());
        Optional<Long> length = HttpSource.number(answer.headers(), "Content-Length");
        Optional<Long> size = sameSize(answer.linkedSize(), length);
        Optional<Checksum> checksum = answer.linkedChecksum().or(() -> Checksum.ofWholeBody(answer.headers()));
        partial.restart(RemoteVersion.of(answer.headers(), size, checksum));
    }

    private void goOn(Answer answer, boolean asked) throws TransferException {
        Optional<ContentRange> range = ContentRange.of(answer.headers());
        RemoteVersion version = RemoteVersion.of(answer.headers(), sameSize(answer.linkedSize(), range.flatMap(ContentRange::size)),
                answer.linkedChecksum());
        Optional<String> objection = !asked || range.isEmpty() || !range.get().follows(partial.bytes())
                ? Optional.of("the server sent another part than it was asked for")
                : partial.version().contradicts(version) ? Optional.of("the file changed on the server") : Optional.empty();
        if (objection.isPresent()) {
            partial.restart(RemoteVersion.UNKNOWN);
            throw new TransferException(objection.get());
        }
        checkEncoding(answer.headers());
        partial.learn(version);
    }

    private static Optional<Long> sameSize(Optional<Long> one, Optional<Long> other) throws TransferException {
        if (one.isPresent() && other.isPresent() && !one.equals(other)) {
            throw new TransferException("the server told two sizes, " + one.get() + " and " + other.get() + " bytes");
        }
        return one.or(() -> other);
    }

    private static void checkEncoding(HttpHeaders headers) throws TransferException {
        String encoding = headers.firstValue("Content-Encoding").orElse("identity");
        if (!encoding.equalsIgnoreCase("identity")) {
            throw new TransferException("the server sent the file in the encoding '" + encoding + "', which it was not asked for");
        }
    }

    /// The server has nothing behind the bytes that are here.
    private void endHere(Answer answer) throws TransferException {
        Optional<Long> size = ContentRange.of(answer.headers()).flatMap(ContentRange::size);
        if (partial.version().size().isEmpty() && size.isPresent() && size.get() == partial.bytes()) {
            partial.complete();
            return;
        }
        partial.restart(RemoteVersion.UNKNOWN);
        throw new TransferException("the server has no such part of the file (status 416)");
    }

    private void receive(Answer answer) throws IOException, InterruptedException {
        Optional<Long> size = partial.version().size();
        for (Optional<List<ByteBuffer>> piece = answer.body().next(); piece.isPresent(); piece = answer.body().next()) {
            for (ByteBuffer buffer : piece.get()) {
                if (size.isPresent() && buffer.remaining() > size.get() - partial.bytes()) {
                    partial.restart(RemoteVersion.UNKNOWN);
                    throw new TransferException("the server sent more than the " + size.get() + " bytes it had told");
                }
                partial.write(buffer);
            }
            progress.at(file.target(), partial.bytes(), size, false);
        }
        if (size.isEmpty() && tellsTheEnd(answer.headers())) {
            partial.complete();
        }
        if (!partial.isComplete()) {
            throw new TransferException("the connection ended after " + partial.bytes() + " bytes" + size.map(all -> " of " + all).orElse(
                    ""));
        }
    }

    /// Whether a body without a length ends with a mark, so that a cut connection does not look like its end.
    private static boolean tellsTheEnd(HttpHeaders headers) {
        return headers.firstValue("Transfer-Encoding").orElse("").toLowerCase(Locale.ROOT).contains("chunked");
    }

    private IOException refused(Answer answer) {
        int status = answer.status();
        boolean temporary = status == 408 || status == 425 || status == 429 || status >= 500 || answer.fromElsewhere();
        if (temporary) {
            return new TransferException("the server answered with status " + status, retryAfter(answer.headers()));
        }
        throw new BadInputException("Cannot download " + file.address() + ": " + switch (status) {
            case 401, 403 -> "the server does not allow it (status " + status
                    + "). If it needs an account of the Hugging Face Hub, set HF_TOKEN to an access token.";
            case 404, 410 -> "there is no such file (status " + status + "). Check --base-url.";
            default -> "the server answered with status " + status + ".";
        });
    }

    /// A number of seconds, or a date (RFC 9110, 10.2.3).
    private static Optional<Duration> retryAfter(HttpHeaders headers) {
        Optional<Duration> seconds = HttpSource.number(headers, "Retry-After").map(Duration::ofSeconds);
        return seconds.or(() -> HttpDate.of(headers, "Retry-After").map(date -> {
            Duration left = Duration.between(HttpDate.of(headers, "Date").orElseGet(Instant::now), date);
            return left.isNegative() ? Duration.ZERO : left;
        }));
    }

    /// What is wrong with the complete file.
    private Optional<String> objection() {
        try {
            Optional<Checksum> checksum = partial.version().checksum();
            if (checksum.isPresent() && !checksum.get().matches(partial.path())) {
                return Optional.of("the content does not have the " + checksum.get().algorithm() + " checksum that the server told");
            }
            file.content().check(partial.path());
            return Optional.empty();
        } catch (IOException | BadInputException e) {
            return Optional.of(BodyReader.describe(e));
        }
    }
}
