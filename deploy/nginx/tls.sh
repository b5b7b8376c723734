#!/bin/sh
# Adds the encrypted server on 8443 when deploy/tls holds fullchain.pem and privkey.pem.
set -eu
folder=${TLS_FOLDER:-/etc/nginx/tls}
target=${TLS_TARGET:-/etc/nginx/conf.d/tls.conf}
if [ ! -f "$folder/fullchain.pem" ] || [ ! -f "$folder/privkey.pem" ]; then
    rm -f "$target"
    echo "No certificate in deploy/tls: port 8443 stays closed."
    exit 0
fi
cat > "$target" <<CONF
server {
    listen 8443 ssl;
    listen [::]:8443 ssl;
    http2 on;
    ssl_certificate $folder/fullchain.pem;
    ssl_certificate_key $folder/privkey.pem;
    ssl_protocols TLSv1.2 TLSv1.3;
    ssl_session_cache shared:tls:10m;
    ssl_session_timeout 1d;
    include ${PROXY_CONF:-/etc/nginx/proxy.conf};
}
CONF
