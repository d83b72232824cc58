# A service provider on Debian's ruby-saml. It says where it is, signs in whoever comes, and answers in JSON what it got.
require 'cgi'
require 'json'
require 'net/http'
require 'onelogin/ruby-saml'
require 'webrick'

SAML = OneLogin::RubySaml
SUCCESS = 'urn:oasis:names:tc:SAML:2.0:status:Success'
ENCRYPTED = ENV['ENCRYPTED'] == 'yes'

def provider_metadata
  address = URI(ENV.fetch('METADATA'))
  secure = address.scheme == 'https'
  Net::HTTP.start(address.hostname, address.port, use_ssl: secure, ca_file: ENV['REQUESTS_CA_BUNDLE']) do |http|
    http.get(address.request_uri).body
  end
end

# What it does not take.
class Refused < StandardError; end

# The party: each public method is a page.
class Party
  def initialize(here)
    @settings = SAML::IdpMetadataParser.new.parse(provider_metadata)
    {
      sp_entity_id: "#{here}/metadata",
      assertion_consumer_service_url: "#{here}/acs",
      single_logout_service_url: "#{here}/slo",
      name_identifier_format: 'urn:oasis:names:tc:SAML:2.0:nameid-format:persistent',
      certificate: File.read(ENV.fetch('CERTIFICATE')),
      private_key: File.read(ENV.fetch('KEY')),
      # Without, what is wrong is an exception.
      soft: false,
    }.each { |name, value| @settings.public_send("#{name}=", value) }
    @settings.security = @settings.security.merge(
      authn_requests_signed: true,
      logout_requests_signed: true,
      logout_responses_signed: true,
      want_assertions_signed: true,
      want_assertions_encrypted: ENCRYPTED,
      want_name_id: true,
      digest_method: XMLSecurity::Document::SHA256,
      signature_method: XMLSecurity::Document::RSA_SHA256,
    )
  end

  def metadata(_)
    ['application/samlmetadata+xml', SAML::Metadata.new.generate(@settings, true)]
  end

  def login(asked)
    settings = @settings.dup
    settings.force_authn = true if asked.key?('force')
    settings.passive = true if asked.key?('passive')
    if asked.key?('context')
      settings.authn_context = asked['context']
      settings.authn_context_comparison = asked.fetch('comparison', 'exact')
    end
    request = SAML::Authrequest.new
    @begun = request.uuid
    return { to: request.create(settings, RelayState: 'back-1') } unless asked['binding'] == 'post'

    # It packs what goes in a form too, unless it is told not to (SAML Bindings §3.5.4 has it plain).
    settings.compress_request = false
    settings.idp_sso_service_binding = :post
    form(settings.idp_sso_service_url, request.create_params(settings, RelayState: 'back-1'))
  end

  def acs(asked)
    # It remembers none itself: every request is answered once.
    begun, @begun = @begun, nil
    raise Refused, 'nothing was asked' unless begun

    response = SAML::Response.new(asked['SAMLResponse'], settings: @settings, matches_request_id: begun)
    response.is_valid?
    @got = {
      signed_in: true,
      issuer: response.issuers.first,
      name_id: response.nameid,
      format: response.name_id_format,
      attributes: response.attributes.attributes,
      session_index: response.sessionindex,
      context: REXML::XPath.first(response.decrypted_document || response.document, '//*[local-name()="AuthnContextClassRef"]').text,
      encrypted: response.assertion_encrypted?,
      relay_state: asked['RelayState'],
    }
  end

  def me(_)
    @got || { signed_in: false }
  end

  def logout(asked)
    settings = @settings.dup
    settings.name_identifier_value, settings.sessionindex = @got.values_at(:name_id, :session_index)
    request = SAML::Logoutrequest.new
    @leaving = request.uuid
    return { to: request.create(settings, RelayState: 'bye-1') } unless asked['binding'] == 'post'

    settings.compress_request = false
    settings.idp_slo_service_binding = :post
    form(settings.idp_slo_service_url, request.create_params(settings, RelayState: 'bye-1'))
  end

  def slo(asked)
    if asked.key?('SAMLResponse')
      answer = SAML::Logoutresponse.new(asked['SAMLResponse'], @settings, matches_request_id: @leaving, get_params: asked)
      answer.validate
      @got = nil
      return { status: answer.status_code }
    end
    request = SAML::SloLogoutrequest.new(asked['SAMLRequest'], settings: @settings, get_params: asked)
    request.is_valid?
    @got = nil if @got && request.name_id == @got[:name_id]
    { to: SAML::SloLogoutresponse.new.create(@settings, request.id, nil, RelayState: asked['RelayState']) }
  end

  private

  def form(to, fields)
    inputs = fields.map { |name, value| %(<input type="hidden" name="#{name}" value="#{CGI.escapeHTML(value)}">) }
    ['text/html', %(<form action="#{CGI.escapeHTML(to)}" method="post">#{inputs.join}</form><script>document.forms[0].submit()</script>)]
  end
end

server = WEBrick::HTTPServer.new(BindAddress: '127.0.0.1', Port: ENV.fetch('PORT', 0).to_i, AccessLog: [], Logger: WEBrick::Log.new(nil, 0))
here = "http://127.0.0.1:#{server.listeners.first.addr[1]}"
party = Party.new(here)
server.mount_proc('/') do |request, response|
  page = request.path.delete_prefix('/')
  asked = request.query.transform_values(&:to_s)
  said = Party.public_instance_methods(false).include?(page.to_sym) ? party.public_send(page, asked) : raise(Refused, page)
  if said.is_a?(Hash) && said.key?(:to)
    response.status, response['Location'] = 302, said[:to]
  else
    response['Content-Type'], response.body = said.is_a?(Array) ? said : ['application/json', said.to_json]
  end
rescue StandardError => error
  response.status = request.request_method == 'POST' ? 400 : 502
  response['Content-Type'], response.body = 'application/json', { error: error.class.name, message: error.message }.to_json
end
%w[TERM INT].each { |name| trap(name) { server.shutdown } }
puts here
$stdout.flush
server.start
