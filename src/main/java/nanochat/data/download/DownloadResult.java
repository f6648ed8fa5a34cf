package nanochat.data.download;

/// What a download did.
///
/// @param files that are here now, of those asked for
/// @param downloaded how many of them came now; the others were here, or another process fetched them
/// @param bytes of those that came now
/// @param seconds taken
public record DownloadResult(int files, int downloaded, long bytes, double seconds) {
    DownloadResult plus(DownloadResult other) {
        return new DownloadResult(files + other.files, downloaded + other.downloaded, bytes + other.bytes, seconds + other.seconds);
    }
}
