# The lab's worker in Perl.
use strict;
use warnings;
use DBI;
use Image::Magick;
use Redis;

$| = 1;
my ($redis, $pg);

sub note { printf "worker/main.pl:%d: %s\n", (caller)[2], sprintf(shift, @_) }

sub database {
    return $pg if $pg && $pg->ping;
    my $dsn = "dbi:Pg:host=$ENV{PG_HOST};port=$ENV{PG_PORT};dbname=$ENV{PG_DBNAME}";
    $pg = eval { DBI->connect($dsn, $ENV{PG_USER}, $ENV{PG_PASSWORD}, { RaiseError => 1, PrintError => 0 }) };
    return $pg if $pg;
    sleep 1;
    return database();
}

sub status {
    my ($id, $status, $error, $output) = @_;
    return 0 + database()->do(
        "UPDATE jobs SET status = ?, error = ?, output_path = ? WHERE id = ?::uuid", undef, $status, $error, $output, $id);
}

sub process {
    my ($id, $path, $action, $params) = @_;
    my $image = Image::Magick->new;
    my $problem = $image->Read($path);
    die "$problem\n" if "$problem";
    if ($action eq "grayscale") { $image->Quantize(colorspace => "gray") }
    elsif ($action eq "resize" && $params =~ /^(\d+)x(\d+)$/) { $image->Resize(width => $1, height => $2) }
    elsif ($action eq "crop" && $params =~ /^(\d+),(\d+),(\d+),(\d+)$/) {
        $image->Crop(x => $1, y => $2, width => $3 - $1, height => $4 - $2);
        $image->Set(page => "0x0+0+0");
    }
    else { die "unknown action $action $params\n" }
    my ($suffix) = $path =~ /(\.\w+)$/;
    my $output = "./storage/processed_$id$suffix";
    $problem = $image->Write($output);
    die "$problem\n" if "$problem";
    return $output;
}

note("Worker started listening for events...");
while (1) {
    my $event = eval {
        $redis ||= Redis->new(server => "$ENV{REDIS_HOST}:$ENV{REDIS_PORT}");
        ($redis->blpop("image_processing_queue", 0))[1];
    };
    if (!defined $event) {
        my $reason = $@ || "no answer";
        $reason =~ s/\s+/ /g;
        note("Error receiving event from Redis: %s", $reason);
        undef $redis;
        sleep 5;
        next;
    }
    $event =~ s/[^[:print:]]/?/g;
    note("Received New Event: Job Submitted. Data: %s", $event);
    my @fields = split /\|/, $event, -1;
    next if @fields != 4 || $fields[0] !~ /^[0-9a-f-]{36}$/;
    my ($id) = @fields;
    next unless eval { status($id, "PROCESSING", undef, undef) };
    note("Status updated to PROCESSING for job %s", $id);
    my $output = eval { process(@fields) };
    if (defined $output) {
        status($id, "COMPLETED", undef, $output);
        note("Job %s COMPLETED. Result saved to: %s", $id, $output);
    }
    else {
        my $reason = $@;
        $reason =~ s/\s+/ /g;
        status($id, "FAILED", $reason, undef);
        note("Job %s FAILED. Error: %s", $id, $reason);
    }
}
